/// `fuzz TARGET [libFuzzer's options and directories]`: a parser under libFuzzer, with all that is linked here
/// instrumented.
///
/// Built only by `make fuzz`, see Tools/fuzz.sh. Without a target it lists them.
@main
enum Fuzz {
    /// What libFuzzer's callback, a C function without a context, calls.
    private static let read = FuzzTarget.all[CommandLine.arguments.dropFirst().first ?? ""]

    static func main() {
        guard read != nil else {
            for name in FuzzTarget.all.keys.sorted() { print(name) }
            return
        }
        var count = CommandLine.argc - 1
        // libFuzzer takes its first word for its own name.
        var words = CommandLine.unsafeArgv + 1
        _ = runDriver(&count, &words, takeInput)
    }

    static func take(_ bytes: [UInt8]) { read?(bytes) }
}

private func takeInput(_ start: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    Fuzz.take(Array(UnsafeBufferPointer(start: start, count: size)))
    return 0
}

/// libFuzzer's own main.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32
