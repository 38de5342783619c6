import CommandLineClient
import Foundation

StandardStream.prepare()
exit(
  await Program.scrip.run(
    Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment))
