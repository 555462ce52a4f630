import CProto

/// Hands an event to containerd: the request of `Events.Forward`, answered by ``Empty``.
package struct ForwardRequest: CMessage {
    package static let fullName = "containerd.services.events.ttrpc.v1.ForwardRequest"
    static var cInit: CInit<Containerd__Services__Events__Ttrpc__V1__ForwardRequest> {
        containerd__services__events__ttrpc__v1__forward_request__init
    }

    package var envelope: Envelope?

    package init() {}

    package init(envelope: Envelope? = nil) {
        self.envelope = envelope
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Services__Events__Ttrpc__V1__ForwardRequest
    ) {
        codec.field(&envelope, &c.envelope)
    }
}

/// An event with its time, namespace and topic.
package struct Envelope: CMessage {
    package static let fullName = "containerd.services.events.ttrpc.v1.Envelope"
    static var cInit: CInit<Containerd__Services__Events__Ttrpc__V1__Envelope> {
        containerd__services__events__ttrpc__v1__envelope__init
    }

    package var timestamp: Timestamp?
    package var namespace = ""
    /// As in "/tasks/exit".
    package var topic = ""
    /// One of the Task… events.
    package var event: AnyMessage?

    package init() {}

    package init(
        timestamp: Timestamp? = nil, namespace: String = "", topic: String = "", event: AnyMessage? = nil
    ) {
        self.timestamp = timestamp
        self.namespace = namespace
        self.topic = topic
        self.event = event
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Services__Events__Ttrpc__V1__Envelope
    ) {
        codec.field(&timestamp, &c.timestamp)
        codec.field(&namespace, &c.namespace_)
        codec.field(&topic, &c.topic)
        codec.field(&event, &c.event)
    }
}
