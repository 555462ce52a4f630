package import Messages
package import Sys

/// A configuration that cannot be used.
package enum ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The options that containerd passes are no such message, or of a type that is not known.
    case options(MessageError)
    /// The file that the options name is not given by an absolute path.
    case relativePath(String)
    /// A file that is there, or that the options name, cannot be read.
    case file(SysError)
    /// What is wrong, where in which file, or in the options' own text.
    case text(source: String, line: Int, reason: String)
    /// The runsc binary is in no directory of PATH.
    case noBinary(name: String, searchPath: String)
    /// The runsc binary cannot be run.
    case notExecutable(path: String, reason: String)

    package var description: String {
        switch self {
        case .options(let error): "runtime options: \(error)"
        case .relativePath(let path): "runtime options: config_path \"\(path)\" is not absolute"
        case .file(let error): "configuration: \(error)"
        case .text(let source, let line, let reason): "\(source):\(line): \(reason)"
        case .noBinary(let name, let searchPath):
            "\(name): executable file not found in $PATH (\(searchPath))"
        case .notExecutable(let path, let reason): "\(path): \(reason)"
        }
    }
}
