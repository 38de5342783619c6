import Foundation

/// Why the system refused something about a file, in a few words.
package func reason(of error: any Error) -> String {
  switch (error as? CocoaError)?.code {
  case .fileNoSuchFile, .fileReadNoSuchFile: "there is no such file or folder"
  case .fileWriteFileExists: "a file of this name is in the way"
  case .fileReadNoPermission, .fileWriteNoPermission: "permission denied"
  case .fileWriteOutOfSpace: "the disk is full"
  default: error.localizedDescription
  }
}
