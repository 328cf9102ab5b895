#!/usr/bin/env bats
# make install puts everything where it belongs, and uninstall takes it away.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper

TOOLS="gp-auth gp-fetch gp-hash gp-index gp-list gp-pack"

setup() {
	common_setup
	root=$BATS_TEST_TMPDIR/root
}

# there TARGET...: make, with the programs that are under test and built
there() {
	# make can't hold a path with a blank
	make -s -C "$TESTS/.." O="$(realpath --relative-to="$TESTS/.." "$GP_BIN/..")" DESTDIR="$root" "$@"
}

@test "make install: programs, pages and completions below DESTDIR, in /usr/local" {
	there install
	for tool in $TOOLS; do
		[ -x "$root/usr/local/bin/$tool" ]
		[ -f "$root/usr/local/share/man/man1/$tool.1" ]
		[ -f "$root/usr/local/share/bash-completion/completions/$tool" ]
	done
	for page in man5/gp-record.5 man5/gp-index.5 man7/gp.7 man7/gp-tutorial.7 \
		man7/gp-promises.7 man7/gp-limits.7 man7/gp-comparison.7; do
		[ -f "$root/usr/local/share/man/$page" ]
	done
}

@test "make install: PREFIX is obeyed, and nothing lands elsewhere" {
	there PREFIX=/opt/gp install
	[ -x "$root/opt/gp/bin/gp-list" ]
	[ "$(ls "$root")" = opt ]
	[ "$(ls "$root/opt")" = gp ]
}

@test "make install: what is installed runs" {
	there PREFIX=/usr install
	for tool in $TOOLS; do
		run --separate-stderr "$root/usr/bin/$tool" --version
		[ "$status" -eq 0 ]
		same "$tool $(cat "$TESTS/../VERSION")" "$output"
	done
	man=$(mandoc "$root/usr/share/man/man7/gp.7")
	has "$man" "keep a Google Photos album for good"
}

@test "make install: nobody but the owner may write what is installed" {
	umask 000
	there install
	[ -z "$(find "$root/usr/local" -type f -perm /022)" ]
}

@test "make uninstall: no file of ours is left" {
	there install
	mkdir -p "$root/usr/local/bin"
	echo other >"$root/usr/local/bin/other"
	there uninstall
	same "$root/usr/local/bin/other" "$(find "$root" -type f)"
}
