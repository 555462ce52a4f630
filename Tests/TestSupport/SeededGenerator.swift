/// Random numbers that can be had again: SplitMix64, from a seed that is printed.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    /// What this run began with: that of the environment's `SEED`, or a new one.
    package let seed: UInt64
    private var state: UInt64

    package init() {
        seed = Settings.value("SEED").flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
        state = seed
        print("seed: SEED=\(seed)")
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
