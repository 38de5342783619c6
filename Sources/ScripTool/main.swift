import Foundation

StandardStream.prepare()
exit(
  await Program.run(
    Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment))
