import Foundation
import Proc
import Runtime
import Sys
import TestSupport
import Testing

@Suite("Programs that take output", .timeLimit(.minutes(1)))
struct LogProcessTests {
    @Test(
        "both streams, arguments and environment; it is ready before the start and ended after",
        arguments: [false, true])
    func logger(isExec: Bool) async throws {
        let directory = try TemporaryDirectory("logger")
        let script = try directory.write(
            """
            #!/bin/sh
            echo "$* $CONTAINER_ID $CONTAINER_NAMESPACE" >\(directory.path)/arguments
            exec 5>&-
            cat <&4 >\(directory.path)/errors
            cat <&3 >\(directory.path)/output
            echo >\(directory.path)/ended
            """, to: "logger.sh")
        // Run by its interpreter: the descriptor by which it was written may live on in a child that another test
        // is just starting, and then the kernel does not execute it.
        let address = "binary:///bin/sh?\(script)=name&a%20b=last"
        let stdio = try await Stdio.open(
            StdioPaths(stdout: address, stderr: address, namespace: "space"),
            for: isExec ? .exec : .container,
            id: "one")
        #expect(try File.readText(directory.path("arguments")) == "name a b last one space\n")
        let guest = try Guest(stdio.guest)
        stdio.handedOver()
        try File.write(Array("out".utf8), to: guest.output)
        try File.write(Array("err".utf8), to: guest.error)
        guest.exit()
        await stdio.finish()
        if !isExec {
            await stdio.settle()
            #expect(File.exists(directory.path("ended")))
            #expect(try File.readText(directory.path("output")) == "out")
            #expect(try File.readText(directory.path("errors")) == "err")
        }
        stdio.close()
    }

    @Test(
        "one that ends when others know of the process's end has read all before, and does not hold that up")
    func patient() async throws {
        let directory = try TemporaryDirectory("logger")
        let script = try directory.write(
            """
            #!/bin/sh
            exec 5>&-
            sleep 0.3
            cat <&3 >\(directory.path)/output
            while ! [ -e \(directory.path)/known ]; do sleep 0.05; done
            echo >\(directory.path)/ended
            """, to: "logger.sh")
        let stdio = try await Stdio.open(
            StdioPaths(stdout: "binary:///bin/sh?\(script)"), for: .container, id: "one")
        let guest = try Guest(stdio.guest)
        stdio.handedOver()
        let bytes = [UInt8](repeating: 7, count: 50_000)
        try File.write(bytes, to: guest.output)
        guest.exit()
        let time = await ContinuousClock().measure { await stdio.finish() }
        #expect(time > .milliseconds(200) && time < .milliseconds(1800), "\(time)")
        #expect(!File.exists(directory.path("ended")))
        try directory.write("", to: "known")
        await stdio.settle()
        #expect(File.exists(directory.path("ended")))
        #expect(try File.read(directory.path("output"), limit: 1 << 20) == bytes)
        stdio.close()
    }

    @Test(
        "one that ends early is told of, and whoever writes to it neither ends nor waits",
        arguments: [false, true])
    func ended(terminal: Bool) async throws {
        let warnings = Watched<[String]>([])
        let stdio = try await Stdio.open(
            StdioPaths(stdout: "binary:///bin/true", terminal: terminal), for: .container, id: "one"
        ) { line in warnings.update { $0.append(line) } }
        let guest = try Guest(stdio.guest)
        stdio.handedOver()
        // More than any pipe or terminal holds. It would end this process by SIGPIPE, or not return.
        let end = OneShot<Void>()
        let line = Array(repeating: UInt8(ascii: "x"), count: 1023) + [UInt8(ascii: "\n")]
        Thread {
            for _ in 0..<1024 where (try? File.write(line, to: guest.output)) == nil { return }
            end.report(())
        }.start()
        try await withDeadline(.seconds(20), "the end of the writing") { try await end.wait() }
        try await warnings.first("a warning", within: .seconds(5)) { $0.isEmpty ? nil : true }
        #expect(warnings.current.allSatisfy { $0.contains("logger /bin/true of one has ended with 0") })
        guest.exit()
        await stdio.finish()
        stdio.close()
    }

    @Test("one that ends at once is ready too; one that is not there is named")
    func broken() async throws {
        let stdio = try await Stdio.open(StdioPaths(stdout: "binary:///bin/true"), for: .container, id: "one")
        stdio.close()
        let error = await #expect(throws: ProcessError.self) {
            try await Stdio.open(StdioPaths(stdout: "binary:///no/logger"), for: .container, id: "one")
        }
        #expect(error?.description.contains("/no/logger") == true)
    }
}
