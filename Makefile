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

.PHONY: all run test lint bench man install uninstall clean FORCE

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
	@install -m 0755 $(OUT)/obj/cli/anocir $(BIN)/anocir
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

lint:
	@Tests/Checks/format.sh

bench: all
	@Tests/install-dependencies.sh test
	@Tests/bench.sh

# For the reader of this tree; make install does the same for the host.
man:
	@man -l docs/man/anocir.8

INSTALL := install -D
install: all
	$(INSTALL) -m 0755 $(BIN)/anocir $(DESTDIR)$(PREFIX)/bin/anocir
	$(INSTALL) -m 0755 $(BIN)/anocir-runtime $(DESTDIR)$(PREFIX)/bin/anocir-runtime
	rm -rf $(DESTDIR)$(PREFIX)/lib/anocir
	install -d $(DESTDIR)$(PREFIX)/lib/anocir
	cp -R --no-preserve=ownership $(LIB)/. $(DESTDIR)$(PREFIX)/lib/anocir
	find $(DESTDIR)$(PREFIX)/lib/anocir -name '*.pdb' -delete
	ln -sfn ../lib/anocir/anocir-supervisor $(DESTDIR)$(PREFIX)/bin/anocir-supervisor
	for page in docs/man/*.8; do $(INSTALL) -m 0644 $$page $(DESTDIR)$(MANDIR)/$$(basename $$page); done
	$(INSTALL) -m 0644 Packaging/completions/anocir.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/anocir
	$(INSTALL) -m 0644 Packaging/completions/_anocir $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_anocir
	$(INSTALL) -m 0644 Packaging/completions/anocir.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/anocir.fish
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSCONFDIR)/anocir
	for unit in anocir.service anocir.socket; do sed 's|@PREFIX@|$(PREFIX)|g' Packaging/systemd/$$unit >$(DESTDIR)$(UNITDIR)/$$unit; chmod 0644 $(DESTDIR)$(UNITDIR)/$$unit; done
	[ -e $(DESTDIR)$(SYSCONFDIR)/anocir/anocir.conf ] || Packaging/default-configuration.sh >$(DESTDIR)$(SYSCONFDIR)/anocir/anocir.conf

# The configuration stays while it says something of its own.
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/anocir $(DESTDIR)$(PREFIX)/bin/anocir-runtime $(DESTDIR)$(PREFIX)/bin/anocir-supervisor
	rm -rf $(DESTDIR)$(PREFIX)/lib/anocir
	for page in docs/man/*.8; do rm -f $(DESTDIR)$(MANDIR)/$$(basename $$page); done
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/anocir $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_anocir \
	      $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/anocir.fish
	rm -f $(DESTDIR)$(UNITDIR)/anocir.service $(DESTDIR)$(UNITDIR)/anocir.socket
	! Packaging/default-configuration.sh | cmp -s - $(DESTDIR)$(SYSCONFDIR)/anocir/anocir.conf || rm -f $(DESTDIR)$(SYSCONFDIR)/anocir/anocir.conf
	-rmdir --ignore-fail-on-non-empty $(DESTDIR)$(SYSCONFDIR)/anocir 2>/dev/null

clean:
	rm -rf $(OUT)
	find . -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
