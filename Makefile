# Anocir: make, make run, make test, make install PREFIX= DESTDIR=
SHELL       := /bin/bash
.SHELLFLAGS := -o pipefail -ec
PREFIX      ?= /usr/local
SYSCONFDIR  ?= /etc
UNITDIR     ?= $(PREFIX)/lib/systemd/system
MANDIR      ?= $(PREFIX)/share/man/man8
DESTDIR     ?=
CONFIG      := Release
RID         := $(if $(filter aarch64,$(shell uname -m)),linux-arm64,linux-x64)
COMMIT      := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
OUT         := out
BIN         := $(OUT)/bin
LIB         := $(OUT)/lib/anocir
DOTNET      := DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 dotnet
PUBLISH     := $(DOTNET) publish -c $(CONFIG) -r $(RID) -p:Commit=$(COMMIT) --nologo -v quiet -nodeReuse:false
SOURCES     := $(sort $(shell find Platform Cli Actors Supervisor HOCON -name bin -prune -o -name obj -prune -o -type f -print) \
               Directory.Build.props Directory.Packages.props global.json)
# The linker says of each library call that may dlopen that a static program cannot; none of them is reached.
WITHOUT_STATIC_NOTES := grep -v -e 'Using .* in statically linked applications' -e ': in function .S' -e '^ *$$' || true

.PHONY: all run test test-vm lint bench install uninstall clean FORCE

all: $(OUT)/built $(BIN)/anocir-runtime

# A file that went away changes the build as well.
$(OUT)/sources: FORCE
	@mkdir -p $(OUT)
	@printf '%s\n' $(SOURCES) | cmp -s - $@ || printf '%s\n' $(SOURCES) >$@

# Both at once: the command line and the supervisor speak to each other only when they are of one build.
# The supervisor brings its runtime along (ReadyToRun): a host needs no .NET.
$(OUT)/built: $(SOURCES) $(OUT)/sources
	@Tests/install-dependencies.sh build
	@mkdir -p $(BIN)
	@echo "building anocir"
	@$(PUBLISH) Cli -o $(OUT)/obj/cli 2>&1 | { $(WITHOUT_STATIC_NOTES); }
	@install -m 0755 $(OUT)/obj/cli/anocir $(BIN)/anocir.new && mv -f $(BIN)/anocir.new $(BIN)/anocir
	@echo "building anocir-supervisor"
	@$(PUBLISH) Supervisor --self-contained -p:PublishReadyToRun=true -o $(LIB)
	@ln -sfn ../lib/anocir/anocir-supervisor $(BIN)/anocir-supervisor
	@touch $@

$(BIN)/anocir-runtime: Cli/anocir-runtime
	@mkdir -p $(BIN)
	@install -m 0755 $< $@

run: all
	@Tests/install-dependencies.sh run
	@Tests/demo.sh

test: all
	@Tests/install-dependencies.sh test
	@Tests/run.sh

# In a virtual machine with systemd, pure cgroup v2 and CRIU: SUITES="Kernel Runtime" chooses the projects.
SUITES ?= Kernel Runtime
test-vm: all
	@Tests/install-dependencies.sh vm
	@for suite in $(SUITES); do $(DOTNET) build Tests/Anocir.$$suite.Tests -c $(CONFIG) --nologo -v quiet -nodeReuse:false; done
	@Tests/Vm/run.sh $(SUITES)
	@Tests/Vm/scripts.sh

lint:
	@Tests/Checks/format.sh

bench: all
	@Tests/install-dependencies.sh bench
	@Tests/Benchmarks/run.sh

# What can be told from the program is told by it.
$(OUT)/share/made: $(OUT)/built Packaging/manual.sh Packaging/completions.sh Packaging/default-configuration.sh
	@mkdir -p $(OUT)/share
	@Packaging/manual.sh $(BIN)/anocir >$(OUT)/share/anocir.8
	@for shell in bash zsh fish; do Packaging/completions.sh $$shell $(BIN)/anocir >$(OUT)/share/anocir.$$shell; done
	@Packaging/default-configuration.sh >$(OUT)/share/anocir.conf
	@touch $@

INSTALL := install -D
install: all $(OUT)/share/made
	$(INSTALL) -m 0755 $(BIN)/anocir $(DESTDIR)$(PREFIX)/bin/anocir
	$(INSTALL) -m 0755 $(BIN)/anocir-runtime $(DESTDIR)$(PREFIX)/bin/anocir-runtime
	rm -rf $(DESTDIR)$(PREFIX)/lib/anocir
	install -d $(DESTDIR)$(PREFIX)/lib/anocir
	cp -R --no-preserve=ownership $(LIB)/. $(DESTDIR)$(PREFIX)/lib/anocir
	find $(DESTDIR)$(PREFIX)/lib/anocir -name '*.pdb' -delete
	ln -sfn ../lib/anocir/anocir-supervisor $(DESTDIR)$(PREFIX)/bin/anocir-supervisor
	$(INSTALL) -m 0644 $(OUT)/share/anocir.8 $(DESTDIR)$(MANDIR)/anocir.8
	$(INSTALL) -m 0644 docs/man/anocir-supervisor.8 $(DESTDIR)$(MANDIR)/anocir-supervisor.8
	$(INSTALL) -m 0644 $(OUT)/share/anocir.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/anocir
	$(INSTALL) -m 0644 $(OUT)/share/anocir.zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_anocir
	$(INSTALL) -m 0644 $(OUT)/share/anocir.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/anocir.fish
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSCONFDIR)/anocir
	for unit in anocir.service anocir.socket; do sed 's|@PREFIX@|$(PREFIX)|g' Packaging/systemd/$$unit >$(DESTDIR)$(UNITDIR)/$$unit; chmod 0644 $(DESTDIR)$(UNITDIR)/$$unit; done
	[ -e $(DESTDIR)$(SYSCONFDIR)/anocir/anocir.conf ] || install -m 0644 $(OUT)/share/anocir.conf $(DESTDIR)$(SYSCONFDIR)/anocir/anocir.conf

# The configuration stays while it says something of its own.
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/anocir $(DESTDIR)$(PREFIX)/bin/anocir-runtime $(DESTDIR)$(PREFIX)/bin/anocir-supervisor
	rm -rf $(DESTDIR)$(PREFIX)/lib/anocir
	rm -f $(DESTDIR)$(MANDIR)/anocir.8 $(DESTDIR)$(MANDIR)/anocir-supervisor.8
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/anocir $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_anocir \
	      $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/anocir.fish
	rm -f $(DESTDIR)$(UNITDIR)/anocir.service $(DESTDIR)$(UNITDIR)/anocir.socket
	! Packaging/default-configuration.sh | cmp -s - $(DESTDIR)$(SYSCONFDIR)/anocir/anocir.conf || rm -f $(DESTDIR)$(SYSCONFDIR)/anocir/anocir.conf
	[ ! -d $(DESTDIR)$(SYSCONFDIR)/anocir ] || rmdir --ignore-fail-on-non-empty $(DESTDIR)$(SYSCONFDIR)/anocir

clean:
	rm -rf $(OUT)
	find . -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
