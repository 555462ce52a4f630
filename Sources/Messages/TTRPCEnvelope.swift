import CProto

/// A call, as the payload of a ttRPC request frame.
package struct TTRPCRequest: CMessage {
    package static let fullName = "ttrpc.Request"
    static var cInit: CInit<Ttrpc__Request> { ttrpc__request__init }

    /// The full service name, as in "containerd.task.v2.Task".
    package var service = ""
    package var method = ""
    /// The encoded request message of the method.
    package var payload: [UInt8] = []
    /// The time left for the call in nanoseconds; zero for no limit.
    package var timeoutNano: Int64 = 0
    /// Headers, among them "containerd-namespace-ttrpc"; a key may occur more than once.
    package var metadata: [TTRPCKeyValue] = []

    package init() {}

    package init(
        service: String = "", method: String = "", payload: [UInt8] = [], timeoutNano: Int64 = 0,
        metadata: [TTRPCKeyValue] = []
    ) {
        self.service = service
        self.method = method
        self.payload = payload
        self.timeoutNano = timeoutNano
        self.metadata = metadata
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Ttrpc__Request) {
        codec.field(&service, &c.service)
        codec.field(&method, &c.method)
        codec.field(&payload, &c.payload)
        codec.field(&timeoutNano, &c.timeout_nano)
        codec.field(&metadata, &c.n_metadata, &c.metadata)
    }
}

/// One header of a ttRPC call.
package struct TTRPCKeyValue: CMessage {
    package static let fullName = "ttrpc.KeyValue"
    static var cInit: CInit<Ttrpc__KeyValue> { ttrpc__key_value__init }

    package var key = ""
    package var value = ""

    package init() {}

    package init(key: String = "", value: String = "") {
        self.key = key
        self.value = value
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Ttrpc__KeyValue) {
        codec.field(&key, &c.key)
        codec.field(&value, &c.value)
    }
}

/// The answer to a call, as the payload of a ttRPC response frame.
package struct TTRPCResponse: CMessage {
    package static let fullName = "ttrpc.Response"
    static var cInit: CInit<Ttrpc__Response> { ttrpc__response__init }

    /// `nil` or code zero for success.
    package var status: RPCStatus?
    /// The encoded response message of the method; empty on failure.
    package var payload: [UInt8] = []

    package init() {}

    package init(status: RPCStatus? = nil, payload: [UInt8] = []) {
        self.status = status
        self.payload = payload
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Ttrpc__Response) {
        codec.field(&status, &c.status)
        codec.field(&payload, &c.payload)
    }
}

/// How a call ended.
package struct RPCStatus: CMessage {
    package static let fullName = "google.rpc.Status"
    static var cInit: CInit<Google__Rpc__Status> { google__rpc__status__init }

    /// A gRPC status code; zero is success.
    package var code: Int32 = 0
    /// The error, for people.
    package var message = ""
    package var details: [AnyMessage] = []

    package init() {}

    package init(code: Int32 = 0, message: String = "", details: [AnyMessage] = []) {
        self.code = code
        self.message = message
        self.details = details
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Google__Rpc__Status) {
        codec.field(&code, &c.code)
        codec.field(&message, &c.message)
        codec.field(&details, &c.n_details, &c.details)
    }
}
