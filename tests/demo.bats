#!/usr/bin/env bats
# pipelines/gp-demo, as a stranger runs it, in a tree of its own.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	tree=$(realpath "$BATS_TEST_TMPDIR")/tree
	mkdir "$tree"
	# times are kept: make finds nothing to build
	cp -a "$TESTS/../Makefile" "$TESTS/../VERSION" "$TESTS/../src" \
		"$TESTS/../tests" "$TESTS/../pipelines" "$tree/"
	cp -a "$GP_BIN" "$tree/bin"
	cp -a "$GP_BIN/../obj" "$tree/obj"
}

demo() {
	"${REAL_CLOCK[@]}" bash "$tree/pipelines/gp-demo"
}

# strange: prints a folder in which each program of tests/packages that gp-demo
# does not install is one that can't be found
strange() {
	local package program
	mkdir strange
	awk '/^#/ { next } $1 == "build" || $1 == "demo" { has[$2] } { all[$2] }
		END { for (p in all) if (!(p in has)) print p }' "$TESTS/packages" |
		while IFS= read -r package; do dpkg -L "$package" 2>/dev/null || true; done |
		sed -nE 's,^/(usr/)?s?bin/(.*),\2,p' | sort -u |
		while IFS= read -r program; do
			printf '#!/bin/sh\necho "%s: nobody installed it" >&2\nexit 127\n' "$program" >"strange/$program"
		done
	chmod +x strange/*
	echo "$PWD/strange"
}

@test "gp-demo: needs no program but those that it installs" {
	long_only
	command -v dpkg >/dev/null || skip "needs Debian's packages"
	cd "$BATS_TEST_TMPDIR"
	PATH=$(strange):$PATH
	run -127 rclone
	"${REAL_CLOCK[@]}" bash "$tree/pipelines/gp-demo" >out 2>err || status=$?
	has_not "$(cat err)" "nobody installed it"
	has "$(cat out)" "brought 6 files down, the second 0"
}

@test "gp-demo: says what it did, and what it leaves can be proved by hand; again works too" {
	for round in 1 2; do
		run -0 --separate-stderr demo
		has "$output" "6 files, the same once more 0, the next one 2."
		has "$output" "brought 6 files down, the second 0"
		prove=$(grep 'sha256sum -c SHA256SUMS)' <<<"$output")
		run -0 bash -c "$prove"
		same 14 "$(grep -c ': OK$' <<<"$output")"
		same "IMG_0001.jpg IMG_0003.MP4 IMG_0003.heic SHA256SUMS VID_0006.mp4" \
			"$(cd "$tree"/build/demo/archive/ezra-* && echo *)"
		same "IMG_0002-bearbeitet.jpg IMG_0002.jpg SHA256SUMS Screenshot_0004.png no-exif.jpg" \
			"$(cd "$tree"/build/demo/archive/photos-* && echo *)"
	done
}

@test "gp-demo: touches nothing of the user's, and its server is gone" {
	long_only
	run -0 env GP_ARCHIVE="$BATS_TEST_TMPDIR/mine" GP_LIBRARY_URL=https://example.invalid \
		GP_TOKEN_CMD=false bash "$tree/pipelines/gp-demo"
	[ ! -e "$BATS_TEST_TMPDIR/mine" ]
	same "" "$(ls -A "$HOME")"
	run ! pgrep -f "$tree/tests/services/google.py"
}

@test "gp-demo: a stage that dies fails it and is named" {
	long_only
	for stage in gp-list gp-fetch gp-hash; do
		mv "$tree/bin/$stage" "$tree/bin/$stage.real"
		printf '#!/bin/sh\ncat >/dev/null\nkill -9 $$\n' >"$tree/bin/$stage"
		chmod +x "$tree/bin/$stage"
		run -2 --separate-stderr demo </dev/null
		has "$stderr" "stage $stage: was ended by signal 9"
		has "$stderr" "backup takeout-1 failed"
		# and once the stand-in for Google runs
		printf '#!/bin/sh\n[ -e "%s" ] || exec "$0.real" "$@"\ncat >/dev/null\nkill -9 $$\n' \
			"$tree/build/demo/google/env" >"$tree/bin/$stage"
		run -2 --separate-stderr demo </dev/null
		has "$stderr" "backup api-1 failed"
		mv "$tree/bin/$stage.real" "$tree/bin/$stage"
		run ! pgrep -f "$tree/tests/services/google.py"
	done
}
