# Anocir: make, make run, make test, make install PREFIX= DESTDIR=
SHELL      := /bin/bash
PREFIX     ?= /usr/local
DESTDIR    ?=
CONFIG     := Release
RID        := $(shell case $$(uname -m) in aarch64) echo linux-arm64;; *) echo linux-x64;; esac)
COMMIT     := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
OUT        := out
BIN        := $(OUT)/bin
LIB        := $(OUT)/lib/anocir
DOTNET     := DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 dotnet
PUBLISH    := $(DOTNET) publish -c $(CONFIG) -r $(RID) -p:Commit=$(COMMIT) --nologo -v quiet
SOURCES    := $(shell find Platform Cli Actors Supervisor HOCON -name bin -prune -o -name obj -prune -o -type f -print) \
              Directory.Build.props Directory.Packages.props

.PHONY: all run test test-engines bench format install clean deps

all: $(BIN)/anocir $(BIN)/anocir-supervisor $(BIN)/anocir-runtime

$(BIN)/anocir: $(SOURCES)
	@Tests/install-dependencies.sh build
	$(PUBLISH) Cli -o $(OUT)/obj/cli
	@mkdir -p $(BIN)
	install -m 0755 $(OUT)/obj/cli/anocir $@

# The supervisor brings its runtime along (ReadyToRun): a host needs no .NET.
$(BIN)/anocir-supervisor: $(SOURCES)
	@Tests/install-dependencies.sh build
	$(PUBLISH) Supervisor --self-contained -p:PublishReadyToRun=true -o $(LIB)
	@mkdir -p $(BIN)
	ln -sfn ../lib/anocir/anocir-supervisor $@

$(BIN)/anocir-runtime: Cli/anocir-runtime
	@mkdir -p $(BIN)
	install -m 0755 $< $@

run: all
	@Tests/demo.sh

test: all
	@Tests/run.sh

clean:
	rm -rf $(OUT)
	find . -name bin -prune -o -name obj -prune -print >/dev/null
