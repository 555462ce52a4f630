import CProto

extension CgroupV1 {
    /// Memory, in bytes except for the counts of pages and faults.
    package struct MemoryStat: CMessage {
        package static let fullName = "io.containerd.cgroups.v1.MemoryStat"
        static var cInit: CInit<Io__Containerd__Cgroups__V1__MemoryStat> {
            io__containerd__cgroups__v1__memory_stat__init
        }

        package var cache: UInt64 = 0
        package var rss: UInt64 = 0
        package var rssHuge: UInt64 = 0
        package var mappedFile: UInt64 = 0
        package var dirty: UInt64 = 0
        package var writeback: UInt64 = 0
        package var pgPgIn: UInt64 = 0
        package var pgPgOut: UInt64 = 0
        package var pgFault: UInt64 = 0
        package var pgMajFault: UInt64 = 0
        package var inactiveAnon: UInt64 = 0
        package var activeAnon: UInt64 = 0
        package var inactiveFile: UInt64 = 0
        package var activeFile: UInt64 = 0
        package var unevictable: UInt64 = 0
        package var hierarchicalMemoryLimit: UInt64 = 0
        package var hierarchicalSwapLimit: UInt64 = 0
        package var totalCache: UInt64 = 0
        package var totalRSS: UInt64 = 0
        package var totalRSSHuge: UInt64 = 0
        package var totalMappedFile: UInt64 = 0
        package var totalDirty: UInt64 = 0
        package var totalWriteback: UInt64 = 0
        package var totalPgPgIn: UInt64 = 0
        package var totalPgPgOut: UInt64 = 0
        package var totalPgFault: UInt64 = 0
        package var totalPgMajFault: UInt64 = 0
        package var totalInactiveAnon: UInt64 = 0
        package var totalActiveAnon: UInt64 = 0
        package var totalInactiveFile: UInt64 = 0
        package var totalActiveFile: UInt64 = 0
        package var totalUnevictable: UInt64 = 0
        package var usage: MemoryEntry?
        package var swap: MemoryEntry?
        package var kernel: MemoryEntry?
        package var kernelTCP: MemoryEntry?

        package init() {}

        package init(
            cache: UInt64 = 0, rss: UInt64 = 0, rssHuge: UInt64 = 0, mappedFile: UInt64 = 0,
            dirty: UInt64 = 0, writeback: UInt64 = 0, pgPgIn: UInt64 = 0, pgPgOut: UInt64 = 0,
            pgFault: UInt64 = 0, pgMajFault: UInt64 = 0, inactiveAnon: UInt64 = 0, activeAnon: UInt64 = 0,
            inactiveFile: UInt64 = 0, activeFile: UInt64 = 0, unevictable: UInt64 = 0,
            hierarchicalMemoryLimit: UInt64 = 0, hierarchicalSwapLimit: UInt64 = 0, totalCache: UInt64 = 0,
            totalRSS: UInt64 = 0, totalRSSHuge: UInt64 = 0, totalMappedFile: UInt64 = 0,
            totalDirty: UInt64 = 0, totalWriteback: UInt64 = 0, totalPgPgIn: UInt64 = 0,
            totalPgPgOut: UInt64 = 0, totalPgFault: UInt64 = 0, totalPgMajFault: UInt64 = 0,
            totalInactiveAnon: UInt64 = 0, totalActiveAnon: UInt64 = 0, totalInactiveFile: UInt64 = 0,
            totalActiveFile: UInt64 = 0, totalUnevictable: UInt64 = 0, usage: MemoryEntry? = nil,
            swap: MemoryEntry? = nil, kernel: MemoryEntry? = nil, kernelTCP: MemoryEntry? = nil
        ) {
            self.cache = cache
            self.rss = rss
            self.rssHuge = rssHuge
            self.mappedFile = mappedFile
            self.dirty = dirty
            self.writeback = writeback
            self.pgPgIn = pgPgIn
            self.pgPgOut = pgPgOut
            self.pgFault = pgFault
            self.pgMajFault = pgMajFault
            self.inactiveAnon = inactiveAnon
            self.activeAnon = activeAnon
            self.inactiveFile = inactiveFile
            self.activeFile = activeFile
            self.unevictable = unevictable
            self.hierarchicalMemoryLimit = hierarchicalMemoryLimit
            self.hierarchicalSwapLimit = hierarchicalSwapLimit
            self.totalCache = totalCache
            self.totalRSS = totalRSS
            self.totalRSSHuge = totalRSSHuge
            self.totalMappedFile = totalMappedFile
            self.totalDirty = totalDirty
            self.totalWriteback = totalWriteback
            self.totalPgPgIn = totalPgPgIn
            self.totalPgPgOut = totalPgPgOut
            self.totalPgFault = totalPgFault
            self.totalPgMajFault = totalPgMajFault
            self.totalInactiveAnon = totalInactiveAnon
            self.totalActiveAnon = totalActiveAnon
            self.totalInactiveFile = totalInactiveFile
            self.totalActiveFile = totalActiveFile
            self.totalUnevictable = totalUnevictable
            self.usage = usage
            self.swap = swap
            self.kernel = kernel
            self.kernelTCP = kernelTCP
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V1__MemoryStat
        ) {
            codec.field(&cache, &c.cache)
            codec.field(&rss, &c.rss)
            codec.field(&rssHuge, &c.rss_huge)
            codec.field(&mappedFile, &c.mapped_file)
            codec.field(&dirty, &c.dirty)
            codec.field(&writeback, &c.writeback)
            codec.field(&pgPgIn, &c.pg_pg_in)
            codec.field(&pgPgOut, &c.pg_pg_out)
            codec.field(&pgFault, &c.pg_fault)
            codec.field(&pgMajFault, &c.pg_maj_fault)
            codec.field(&inactiveAnon, &c.inactive_anon)
            codec.field(&activeAnon, &c.active_anon)
            codec.field(&inactiveFile, &c.inactive_file)
            codec.field(&activeFile, &c.active_file)
            codec.field(&unevictable, &c.unevictable)
            codec.field(&hierarchicalMemoryLimit, &c.hierarchical_memory_limit)
            codec.field(&hierarchicalSwapLimit, &c.hierarchical_swap_limit)
            codec.field(&totalCache, &c.total_cache)
            codec.field(&totalRSS, &c.total_rss)
            codec.field(&totalRSSHuge, &c.total_rss_huge)
            codec.field(&totalMappedFile, &c.total_mapped_file)
            codec.field(&totalDirty, &c.total_dirty)
            codec.field(&totalWriteback, &c.total_writeback)
            codec.field(&totalPgPgIn, &c.total_pg_pg_in)
            codec.field(&totalPgPgOut, &c.total_pg_pg_out)
            codec.field(&totalPgFault, &c.total_pg_fault)
            codec.field(&totalPgMajFault, &c.total_pg_maj_fault)
            codec.field(&totalInactiveAnon, &c.total_inactive_anon)
            codec.field(&totalActiveAnon, &c.total_active_anon)
            codec.field(&totalInactiveFile, &c.total_inactive_file)
            codec.field(&totalActiveFile, &c.total_active_file)
            codec.field(&totalUnevictable, &c.total_unevictable)
            codec.field(&usage, &c.usage)
            codec.field(&swap, &c.swap)
            codec.field(&kernel, &c.kernel)
            codec.field(&kernelTCP, &c.kernel_tcp)
        }
    }

    /// One memory counter of a cgroup, in bytes.
    package struct MemoryEntry: CMessage {
        package static let fullName = "io.containerd.cgroups.v1.MemoryEntry"
        static var cInit: CInit<Io__Containerd__Cgroups__V1__MemoryEntry> {
            io__containerd__cgroups__v1__memory_entry__init
        }

        package var limit: UInt64 = 0
        package var usage: UInt64 = 0
        package var max: UInt64 = 0
        /// How often the limit was hit.
        package var failcnt: UInt64 = 0

        package init() {}

        package init(limit: UInt64 = 0, usage: UInt64 = 0, max: UInt64 = 0, failcnt: UInt64 = 0) {
            self.limit = limit
            self.usage = usage
            self.max = max
            self.failcnt = failcnt
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V1__MemoryEntry
        ) {
            codec.field(&limit, &c.limit)
            codec.field(&usage, &c.usage)
            codec.field(&max, &c.max)
            codec.field(&failcnt, &c.failcnt)
        }
    }
}
