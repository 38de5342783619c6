import CommandLineClient
import Foundation

StandardStream.prepare()
exit(
  await Program.shopday.run(
    Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment))
