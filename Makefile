# gp: plain GNU make. `make` builds bin/, `make check` runs every test,
# `make demo` backs up a sample album, `make install` obeys PREFIX and DESTDIR.
# User variables (CC, CFLAGS, CPPFLAGS, LDFLAGS) are appended after ours.
#   O=DIR                   build somewhere else: DIR/bin, DIR/obj
#   SAN=address,undefined   with sanitizers (or SAN=thread)
#   WERROR=1                warnings are errors
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:

O ?= .
BIN = $(O)/bin
OBJ = $(O)/obj
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
COMPDIR ?= $(PREFIX)/share/bash-completion/completions
LIBEXECDIR ?= $(PREFIX)/share/gp

VERSION := $(shell cat VERSION)
TOOLS = gp-auth gp-list gp-index gp-fetch gp-hash gp-pack
# what each tool links with, beyond libc
LIBS_gp-auth = -lcurl -ljson-c -lcrypto
LIBS_gp-list = -lcurl -ljson-c -lutf8proc -lexif -lcrypto -lsqlite3 -lzip \
	-larchive -lz -ldeflate
LIBS_gp-index = -lsqlite3 -lutf8proc -lcrypto -ldeflate
LIBS_gp-fetch = -lcurl -ljson-c -lcrypto -lsqlite3 -lzip -larchive -lz \
	-ldeflate
LIBS_gp-hash = -lcrypto
LIBS_gp-pack = -lsqlite3 -ljson-c -lutf8proc -lcrypto

comma := ,
try = $(shell $(CC) -Werror $(1) -x c -c -o /dev/null /dev/null 2>/dev/null \
	&& echo $(1))
try_ld = $(shell echo 'int main(void){return 0;}' | \
	$(CC) -Werror $(1) -x c -o /dev/null - 2>/dev/null && echo $(1))
# of many, those that are known: as a rule all, which one question tells
try_each = $(or $(call try,$(1)),$(foreach flag,$(1),$(call try,$(flag))))
try_each_ld = \
	$(or $(call try_ld,$(1)),$(foreach flag,$(1),$(call try_ld,$(flag))))

CC ?= cc
ifeq ($(origin CC),default)
CC = cc
endif

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wcast-qual -Wwrite-strings -Wundef -Wvla \
	-Werror=format-security -Werror=implicit-function-declaration \
	$(call try_each,-Wimplicit-fallthrough -Wbidi-chars=any -Wlogical-op \
	-Wduplicated-cond -Wtrampolines -Werror=incompatible-pointer-types \
	-Werror=int-conversion)
ifeq ($(WERROR),1)
WARN += -Werror
endif

ifeq ($(SAN),)
# OpenSSF compiler hardening guide
HARDEN := -O2 -U_FORTIFY_SOURCE \
	$(or $(call try,-O2 -D_FORTIFY_SOURCE=3),-D_FORTIFY_SOURCE=2) \
	$(call try_each,-fstack-protector-strong -fstack-clash-protection \
	-ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks) \
	$(call try,-fstrict-flex-arrays=3) \
	-fno-strict-overflow -fno-strict-aliasing -fPIE -fexceptions \
	$(call try,-fcf-protection=full) \
	$(call try,-mbranch-protection=standard)
HARDEN_LD := -pie $(call try_each_ld,-Wl$(comma)-z$(comma)relro \
	-Wl$(comma)-z$(comma)now -Wl$(comma)-z$(comma)noexecstack \
	-Wl$(comma)-z$(comma)nodlopen -Wl$(comma)--as-needed)
else
HARDEN := -O1 -g1 -fsanitize=$(SAN) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
HARDEN_LD := -fsanitize=$(SAN)
endif

GP_CPPFLAGS = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Isrc -I$(OBJ) \
	-DGP_VERSION='"$(VERSION)"'
GP_CFLAGS = -std=c17 -g -pthread $(WARN) $(HARDEN)
COMPILE = $(CC) $(GP_CPPFLAGS) $(GP_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP

# gp's own source, which gp-pack puts on each disc; the same bytes each time
SOURCE := $(O)/share/gp/gp-source.tar.gz
source_in := $(wildcard Makefile VERSION LICENSE *.md) src man pipelines \
	contrib tests bench
source_files := $(shell find $(source_in) -type f ! -name '*.pyc')

.PHONY: all bin check demo bench fuzz deb install uninstall clean unit $(TOOLS)
all: bin
bin: $(TOOLS:%=$(BIN)/%) $(SOURCE)
$(TOOLS): %: $(BIN)/%

lib_src := $(sort $(wildcard src/lib/*.c src/lib/*/*.c))
lib_obj := $(lib_src:src/%.c=$(OBJ)/%.o)

# what the library says of the tools, beside it: it knows none of them
suite_obj := $(OBJ)/suite/suite.o

$(OBJ)/libgp.a: $(lib_obj)
	@rm -f $@
	$(AR) rcs $@ $(lib_obj)

define tool_rule
$(1)_obj := $$(patsubst src/%.c,$$(OBJ)/%.o,$$(sort $$(wildcard src/$(1)/*.c src/$(1)/*/*.c src/$(1)/*/*/*.c)))
$$(BIN)/$(1): $$($(1)_obj) $$(suite_obj) $$(OBJ)/libgp.a
	@mkdir -p $$(@D)
	$$(CC) $$(GP_CFLAGS) $$(CFLAGS) $$(HARDEN_LD) -o $$@ $$($(1)_obj) \
		$$(suite_obj) $$(OBJ)/libgp.a $$(LIBS_$(1)) $$(LDFLAGS)
endef
$(foreach t,$(TOOLS),$(eval $(call tool_rule,$(t))))

$(OBJ)/%.o: src/%.c Makefile VERSION
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

# the schema is written once, as SQL, and compiled in
$(OBJ)/schema.inc: src/gp-index/db/schema.sql
	@mkdir -p $(@D)
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$$/\\n"/' $< > $@
$(OBJ)/gp-index/open/migrate.o: $(OBJ)/schema.inc

$(SOURCE): $(source_files)
	@mkdir -p $(@D)
	tar --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
		--mtime=@0 --exclude='*.pyc' --exclude=__pycache__ \
		--transform='s,^,gp-$(VERSION)/,' -cf - $(source_in) | \
		gzip -9n > $@.part
	mv $@.part $@

# unit tests: one program a file of tests/unit, linked with the library
unit_src := $(sort $(wildcard tests/unit/*.c))
unit: $(unit_src:tests/unit/%.c=$(OBJ)/unit/%)
$(OBJ)/unit/%: tests/unit/%.c $(suite_obj) $(OBJ)/libgp.a Makefile
	@mkdir -p $(@D)
	$(COMPILE) $(HARDEN_LD) -o $@ $< $(suite_obj) $(OBJ)/libgp.a -lcmocka -lcurl \
		-ljson-c -lutf8proc -lcrypto -lzip -larchive -lz -ldeflate $(LDFLAGS)

check:
	bash tests/run
demo:
	bash pipelines/gp-demo
bench:
	bash bench/run
fuzz:
	bash tests/fuzz/run
# a package for Debian, in build/deb, from what is committed
deb:
	bash contrib/debian/build

# what a person runs, and the files they share; the demo stays here
PIPELINES := $(filter-out gp-demo,$(notdir $(wildcard pipelines/gp pipelines/gp-*)))

install: bin
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 \
		$(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man7 \
		$(DESTDIR)$(COMPDIR) $(DESTDIR)$(LIBEXECDIR)
	install -m 755 $(TOOLS:%=$(BIN)/%) $(PIPELINES:%=pipelines/%) \
		$(DESTDIR)$(BINDIR)
	install -m 644 pipelines/*.sh pipelines/*.jq $(SOURCE) \
		$(DESTDIR)$(LIBEXECDIR)
	install -d $(DESTDIR)$(LIBEXECDIR)/systemd
	install -m 644 contrib/systemd/* $(DESTDIR)$(LIBEXECDIR)/systemd
	for s in 1 5 7; do \
		for f in man/*.$$s; do \
			install -m 644 "$$f" $(DESTDIR)$(MANDIR)/man$$s || exit 1; \
		done; \
	done
	for t in $(TOOLS) $(PIPELINES); do \
		install -m 644 contrib/completion/gp.bash \
			$(DESTDIR)$(COMPDIR)/$$t || exit 1; \
	done

uninstall:
	for t in $(TOOLS) $(PIPELINES); do \
		rm -f "$(DESTDIR)$(BINDIR)/$$t" "$(DESTDIR)$(COMPDIR)/$$t"; \
	done
	rm -f $(patsubst pipelines/%,$(DESTDIR)$(LIBEXECDIR)/%,$(wildcard pipelines/*.sh pipelines/*.jq)) \
		$(DESTDIR)$(LIBEXECDIR)/$(notdir $(SOURCE))
	rm -f $(patsubst contrib/%,$(DESTDIR)$(LIBEXECDIR)/%,$(wildcard contrib/systemd/*))
	-rmdir $(DESTDIR)$(LIBEXECDIR)/systemd $(DESTDIR)$(LIBEXECDIR)
	for f in man/*.[157]; do \
		rm -f "$(DESTDIR)$(MANDIR)/man$${f##*.}/$${f##*/}"; \
	done

clean:
	rm -rf $(BIN) $(OBJ)

-include $(shell find $(OBJ) -name '*.d' 2>/dev/null)
