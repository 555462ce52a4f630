# containerd-shim-runsc-v1: what can be done with this tree. `make help` lists it.

NAME    := containerd-shim-runsc-v1
SWIFT   ?= swift
PREFIX  ?= /usr/local
DESTDIR ?=
# Where the products go, next to SwiftPM's own .build.
BUILD   := build
SHIM    := $(BUILD)/$(NAME)

# The arrows between the layers are an error in every build, not only in `make check`.
FLAGS   := --explicit-target-dependency-import-check error
STATIC  := -c release --product $(NAME) --static-swift-stdlib -Xswiftc -static-executable

# The suites that wait for bounds to pass: minutes, on a machine with nothing else to do.
FAULTS  := Fault(Create|Start|Running|Exec|Pod)Tests|Killed(Process|Shim|AtCall)Tests|FailedCallTests|SwappedRootTests|TinyMemoryTests

# The suites for the sanitizers: no root, no sandbox, no bound that their slowness could break. Not the one that leaves no
# descriptor: the sanitizer needs some to name what its list of exceptions does.
SANITIZED := ^(OCITests|MessagesTests|TTRPCTests|ProcTests)\.|StressTests|TaskServiceTests|TOMLDocumentTests|RuntimeHostileInputTests

.DEFAULT_GOAL := help
.PHONY: help setup build release demo bench test faults fuzz sanitize soak check proto install uninstall clean

help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing on a Debian 12 machine (root; nothing to do when all is there)
	@Tools/setup.sh

build: ## Build everything for development
	$(SWIFT) build $(FLAGS)

release: ## Build the static, stripped shim: build/containerd-shim-runsc-v1
	$(SWIFT) build $(FLAGS) $(STATIC)
	@mkdir -p $(BUILD)
	@strip -o $(SHIM).new "$$($(SWIFT) build $(STATIC) --show-bin-path)/$(NAME)"
	@# An unchanged binary keeps its identity, and what is known about it.
	@if cmp -s $(SHIM).new $(SHIM); then rm $(SHIM).new; else mv $(SHIM).new $(SHIM); fi
	@ls -l $(SHIM) | awk '{ printf "%s: %d bytes\n", $$NF, $$5 }'

demo: setup release ## Run containers in gVisor under a private containerd, and show it
	Tools/demo.sh

bench: release ## Measure the shim beside runc: ROUNDS=12, or more with BENCH="--shim NAME=PATH ..."
	python3 Tools/bench --rounds $(or $(ROUNDS),12) $(BENCH)

test: setup release ## Everything that must hold, with real containerd and real runsc
	$(SWIFT) build $(FLAGS) --build-tests
	@# Each suite, whatever the ones before it said: one run tells all that is wrong.
	$(MAKE) --keep-going --jobs=1 test-units test-e2e test-faults test-soak test-fuzz sanitize

# The parts of `test`, of what it has built. The tests of a part run one at a time: some of them measure how long a thing
# takes, and the sandboxes of others take all of a machine.
RUN     := $(SWIFT) test $(FLAGS) --skip-build --disable-xctest --no-parallel
.PHONY: test-units test-e2e test-faults test-soak test-fuzz
test-units:
	$(RUN) --skip EndToEndTests --skip '$(FAULTS)'
test-e2e:
	$(RUN) --filter EndToEndTests
test-faults:
	$(RUN) --filter '$(FAULTS)'
test-soak:
	Tools/soak.sh 10 5
test-fuzz:
	Tools/fuzz.sh 5

faults: setup release ## Of the tests only those of faults and killed processes (about 6 minutes)
	$(SWIFT) build $(FLAGS) --build-tests
	$(MAKE) test-faults

fuzz: ## The parsers of what others wrote, under libFuzzer and the address sanitizer (SECONDS=60 for each)
	Tools/fuzz.sh $(or $(SECONDS),60)

sanitize: ## The tests that start no processes, under the thread and the address sanitizer
	@# Each has its own build. lld: gold warns of every symbol of the sanitizer's. What waits for the end of a container that
	@# a test never ends counts as leaked, so that is left to the soak.
	failed=; for kind in thread address; do \
	    SANITIZE=$$kind SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0 \
	        TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/tsan.supp timeout 900 $(SWIFT) test --scratch-path .build/$$kind \
	        --sanitize=$$kind -Xswiftc -use-ld=lld --disable-xctest --no-parallel --filter '$(SANITIZED)' \
	        --skip ClientFIFOTests || failed=$$kind; \
	done; test -z "$$failed"

soak: setup release ## Containers and pods come and go; nothing may grow (CYCLES=200 PODS=40)
	Tools/soak.sh $(or $(CYCLES),200) $(or $(PODS),40)

check: ## Format, layers, file sizes, imports, documentation, generated code
	Tools/check.sh
	$(SWIFT) build $(FLAGS)

proto: ## Generate Sources/CProto from Proto/
	Tools/generate-proto.sh

install: ## Install the built shim below PREFIX (/usr/local), for packagers below DESTDIR
	@test -x $(SHIM) || { echo "$(SHIM) is missing: run 'make release' first" >&2; exit 1; }
	install -D -m 0755 $(SHIM) $(DESTDIR)$(PREFIX)/bin/$(NAME)

uninstall: ## Remove the installed shim
	rm -f $(DESTDIR)$(PREFIX)/bin/$(NAME)

clean: ## Remove everything that was built
	rm -rf .build $(BUILD)
