package import Messages

/// Answers one call: takes the encoded request message, gives the encoded response message.
///
/// Runs in a task of its own, which is cancelled when the call's time is up or its connection has ended; then
/// nobody waits for what it gives or throws.
package typealias Handler = @Sendable (RequestContext, [UInt8]) async throws -> [UInt8]

/// The methods that a server offers under one full service name, as in "containerd.task.v2.Task".
package struct Service: Sendable {
    package let name: String
    let methods: [String: Method]

    /// - Precondition: No two methods have the same name.
    package init(name: String, methods: [Method]) {
        self.name = name
        self.methods = Dictionary(uniqueKeysWithValues: methods.map { ($0.name, $0) })
    }
}

/// One method of a service.
package struct Method: Sendable {
    package let name: String
    /// Whether it only looks something up, and so may keep what else there is to read waiting.
    package let isLookup: Bool
    package let handler: Handler

    /// A method that decodes and encodes for itself.
    package init(name: String, isLookup: Bool = false, handler: @escaping Handler) {
        self.name = name
        self.isLookup = isLookup
        self.handler = handler
    }

    /// A method with one request message and one response message.
    ///
    /// A payload that is not a `Request` is answered with `invalidArgument`.
    package static func unary<Request: Message, Response: Message>(
        _ name: String, isLookup: Bool = false,
        _ body: @escaping @Sendable (RequestContext, Request) async throws -> Response
    ) -> Method {
        Method(name: name, isLookup: isLookup) { context, payload in
            let request: Request
            do { request = try Request(decoding: payload) } catch {
                throw Status(.invalidArgument, "\(context.service)/\(name): \(error)")
            }
            return try await body(context, request).encoded()
        }
    }
}

/// What a handler may want to know about its call besides the request message.
package struct RequestContext: Sendable {
    package let service: String
    package let method: String
    /// The call's headers; keys in lower case, values in the order in which they came.
    package let metadata: [String: [String]]
    /// When the caller stops waiting; the call is cancelled then.
    package let deadline: ContinuousClock.Instant?

    /// The first value of a header, as "containerd-namespace-ttrpc".
    ///
    /// - Parameter key: In lower case.
    /// - Returns: The value, or `nil` when the call does not have the header.
    package func value(_ key: String) -> String? { metadata[key]?.first }
}

extension RequestContext {
    init(_ request: TTRPCRequest) {
        service = request.service
        method = request.method
        metadata = request.metadata.reduce(into: [:]) {
            $0[$1.key.lowercased(), default: []].append($1.value)
        }
        deadline =
            request.timeoutNano == 0
            ? nil : ContinuousClock.now.advanced(by: .nanoseconds(request.timeoutNano))
    }
}
