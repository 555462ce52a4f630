import CProto

extension CgroupV2 {
    /// Memory, in bytes except for the counts of events.
    package struct MemoryStat: CMessage {
        package static let fullName = "io.containerd.cgroups.v2.MemoryStat"
        static var cInit: CInit<Io__Containerd__Cgroups__V2__MemoryStat> {
            io__containerd__cgroups__v2__memory_stat__init
        }

        package var anon: UInt64 = 0
        package var file: UInt64 = 0
        package var kernelStack: UInt64 = 0
        package var slab: UInt64 = 0
        package var sock: UInt64 = 0
        package var shmem: UInt64 = 0
        package var fileMapped: UInt64 = 0
        package var fileDirty: UInt64 = 0
        package var fileWriteback: UInt64 = 0
        package var anonTHP: UInt64 = 0
        package var inactiveAnon: UInt64 = 0
        package var activeAnon: UInt64 = 0
        package var inactiveFile: UInt64 = 0
        package var activeFile: UInt64 = 0
        package var unevictable: UInt64 = 0
        package var slabReclaimable: UInt64 = 0
        package var slabUnreclaimable: UInt64 = 0
        package var pgfault: UInt64 = 0
        package var pgmajfault: UInt64 = 0
        package var workingsetRefault: UInt64 = 0
        package var workingsetActivate: UInt64 = 0
        package var workingsetNodereclaim: UInt64 = 0
        package var pgrefill: UInt64 = 0
        package var pgscan: UInt64 = 0
        package var pgsteal: UInt64 = 0
        package var pgactivate: UInt64 = 0
        package var pgdeactivate: UInt64 = 0
        package var pglazyfree: UInt64 = 0
        package var pglazyfreed: UInt64 = 0
        package var thpFaultAlloc: UInt64 = 0
        package var thpCollapseAlloc: UInt64 = 0
        package var usage: UInt64 = 0
        package var usageLimit: UInt64 = 0
        package var swapUsage: UInt64 = 0
        package var swapLimit: UInt64 = 0
        package var maxUsage: UInt64 = 0
        package var swapMaxUsage: UInt64 = 0
        package var psi: PSIStats?
        package var workingsetRefaultAnon: UInt64 = 0
        package var workingsetRefaultFile: UInt64 = 0
        package var workingsetActivateAnon: UInt64 = 0
        package var workingsetActivateFile: UInt64 = 0

        package init() {}

        package init(
            anon: UInt64 = 0, file: UInt64 = 0, kernelStack: UInt64 = 0, slab: UInt64 = 0, sock: UInt64 = 0,
            shmem: UInt64 = 0, fileMapped: UInt64 = 0, fileDirty: UInt64 = 0, fileWriteback: UInt64 = 0,
            anonTHP: UInt64 = 0, inactiveAnon: UInt64 = 0, activeAnon: UInt64 = 0, inactiveFile: UInt64 = 0,
            activeFile: UInt64 = 0, unevictable: UInt64 = 0, slabReclaimable: UInt64 = 0,
            slabUnreclaimable: UInt64 = 0, pgfault: UInt64 = 0, pgmajfault: UInt64 = 0,
            workingsetRefault: UInt64 = 0, workingsetActivate: UInt64 = 0,
            workingsetNodereclaim: UInt64 = 0, pgrefill: UInt64 = 0, pgscan: UInt64 = 0,
            pgsteal: UInt64 = 0, pgactivate: UInt64 = 0, pgdeactivate: UInt64 = 0, pglazyfree: UInt64 = 0,
            pglazyfreed: UInt64 = 0, thpFaultAlloc: UInt64 = 0, thpCollapseAlloc: UInt64 = 0,
            usage: UInt64 = 0, usageLimit: UInt64 = 0, swapUsage: UInt64 = 0, swapLimit: UInt64 = 0,
            maxUsage: UInt64 = 0, swapMaxUsage: UInt64 = 0, psi: PSIStats? = nil,
            workingsetRefaultAnon: UInt64 = 0, workingsetRefaultFile: UInt64 = 0,
            workingsetActivateAnon: UInt64 = 0, workingsetActivateFile: UInt64 = 0
        ) {
            self.anon = anon
            self.file = file
            self.kernelStack = kernelStack
            self.slab = slab
            self.sock = sock
            self.shmem = shmem
            self.fileMapped = fileMapped
            self.fileDirty = fileDirty
            self.fileWriteback = fileWriteback
            self.anonTHP = anonTHP
            self.inactiveAnon = inactiveAnon
            self.activeAnon = activeAnon
            self.inactiveFile = inactiveFile
            self.activeFile = activeFile
            self.unevictable = unevictable
            self.slabReclaimable = slabReclaimable
            self.slabUnreclaimable = slabUnreclaimable
            self.pgfault = pgfault
            self.pgmajfault = pgmajfault
            self.workingsetRefault = workingsetRefault
            self.workingsetActivate = workingsetActivate
            self.workingsetNodereclaim = workingsetNodereclaim
            self.pgrefill = pgrefill
            self.pgscan = pgscan
            self.pgsteal = pgsteal
            self.pgactivate = pgactivate
            self.pgdeactivate = pgdeactivate
            self.pglazyfree = pglazyfree
            self.pglazyfreed = pglazyfreed
            self.thpFaultAlloc = thpFaultAlloc
            self.thpCollapseAlloc = thpCollapseAlloc
            self.usage = usage
            self.usageLimit = usageLimit
            self.swapUsage = swapUsage
            self.swapLimit = swapLimit
            self.maxUsage = maxUsage
            self.swapMaxUsage = swapMaxUsage
            self.psi = psi
            self.workingsetRefaultAnon = workingsetRefaultAnon
            self.workingsetRefaultFile = workingsetRefaultFile
            self.workingsetActivateAnon = workingsetActivateAnon
            self.workingsetActivateFile = workingsetActivateFile
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V2__MemoryStat
        ) {
            codec.field(&anon, &c.anon)
            codec.field(&file, &c.file)
            codec.field(&kernelStack, &c.kernel_stack)
            codec.field(&slab, &c.slab)
            codec.field(&sock, &c.sock)
            codec.field(&shmem, &c.shmem)
            codec.field(&fileMapped, &c.file_mapped)
            codec.field(&fileDirty, &c.file_dirty)
            codec.field(&fileWriteback, &c.file_writeback)
            codec.field(&anonTHP, &c.anon_thp)
            codec.field(&inactiveAnon, &c.inactive_anon)
            codec.field(&activeAnon, &c.active_anon)
            codec.field(&inactiveFile, &c.inactive_file)
            codec.field(&activeFile, &c.active_file)
            codec.field(&unevictable, &c.unevictable)
            codec.field(&slabReclaimable, &c.slab_reclaimable)
            codec.field(&slabUnreclaimable, &c.slab_unreclaimable)
            codec.field(&pgfault, &c.pgfault)
            codec.field(&pgmajfault, &c.pgmajfault)
            codec.field(&workingsetRefault, &c.workingset_refault)
            codec.field(&workingsetActivate, &c.workingset_activate)
            codec.field(&workingsetNodereclaim, &c.workingset_nodereclaim)
            codec.field(&pgrefill, &c.pgrefill)
            codec.field(&pgscan, &c.pgscan)
            codec.field(&pgsteal, &c.pgsteal)
            codec.field(&pgactivate, &c.pgactivate)
            codec.field(&pgdeactivate, &c.pgdeactivate)
            codec.field(&pglazyfree, &c.pglazyfree)
            codec.field(&pglazyfreed, &c.pglazyfreed)
            codec.field(&thpFaultAlloc, &c.thp_fault_alloc)
            codec.field(&thpCollapseAlloc, &c.thp_collapse_alloc)
            codec.field(&usage, &c.usage)
            codec.field(&usageLimit, &c.usage_limit)
            codec.field(&swapUsage, &c.swap_usage)
            codec.field(&swapLimit, &c.swap_limit)
            codec.field(&maxUsage, &c.max_usage)
            codec.field(&swapMaxUsage, &c.swap_max_usage)
            codec.field(&psi, &c.psi)
            codec.field(&workingsetRefaultAnon, &c.workingset_refault_anon)
            codec.field(&workingsetRefaultFile, &c.workingset_refault_file)
            codec.field(&workingsetActivateAnon, &c.workingset_activate_anon)
            codec.field(&workingsetActivateFile, &c.workingset_activate_file)
        }
    }

    /// The contents of memory.events.
    package struct MemoryEvents: CMessage {
        package static let fullName = "io.containerd.cgroups.v2.MemoryEvents"
        static var cInit: CInit<Io__Containerd__Cgroups__V2__MemoryEvents> {
            io__containerd__cgroups__v2__memory_events__init
        }

        package var low: UInt64 = 0
        package var high: UInt64 = 0
        package var max: UInt64 = 0
        package var oom: UInt64 = 0
        package var oomKill: UInt64 = 0
        package var oomGroupKill: UInt64 = 0

        package init() {}

        package init(
            low: UInt64 = 0, high: UInt64 = 0, max: UInt64 = 0, oom: UInt64 = 0, oomKill: UInt64 = 0,
            oomGroupKill: UInt64 = 0
        ) {
            self.low = low
            self.high = high
            self.max = max
            self.oom = oom
            self.oomKill = oomKill
            self.oomGroupKill = oomGroupKill
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V2__MemoryEvents
        ) {
            codec.field(&low, &c.low)
            codec.field(&high, &c.high)
            codec.field(&max, &c.max)
            codec.field(&oom, &c.oom)
            codec.field(&oomKill, &c.oom_kill)
            codec.field(&oomGroupKill, &c.oom_group_kill)
        }
    }
}
