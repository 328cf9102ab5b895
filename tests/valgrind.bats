#!/usr/bin/env bats
# One whole pipeline under valgrind: no wrong memory, no leak, no open file.
# builds: long:plain
bats_require_minimum_version 1.5.0
load helper

setup_file() { google_start; }
teardown_file() { google_stop; }

# watched TOOL ARGUMENTS...: a mistake ends with status 99
watched() {
	local tool=$1
	shift
	valgrind --quiet --error-exitcode=99 --leak-check=full \
		--errors-for-leak-kinds=definite,indirect --trace-children=no \
		--log-file="$BATS_TEST_TMPDIR/valgrind.$tool.%p" "$GP_BIN/$tool" "$@"
}

@test "valgrind: an album comes down, twice, and nothing is wrong in any stage" {
	command -v valgrind
	# sanitizers and valgrind don't go together
	run ! grep -q __asan_init "$GP_BIN/gp-hash"
	cd "$BATS_TEST_TMPDIR"
	for round in 1 2; do
		watched gp-list "album:Ezra Backup" | watched gp-index --new |
			watched gp-fetch -j 2 | watched gp-hash -j 2 |
			watched gp-index --record >"round$round" && st=("${PIPESTATUS[@]}") || st=("${PIPESTATUS[@]}")
		cat valgrind.* >&2
		same "0 0 0 0 0" "${st[*]}"
	done
	same "$(find "$DATA/album" -type f | wc -l)" "$(jq -r .status round1 | grep -c stored)"
	[ ! -s round2 ]
	[ -z "$(cat valgrind.*)" ]
}

@test "valgrind: a folder, the check of it, and a token" {
	long_only
	cd "$BATS_TEST_TMPDIR"
	watched gp-list --album Ezra "dir:$DATA/album" >list
	watched gp-auth status && status=0 || status=$?
	same 3 "$status"
	gp-index --new <list | gp-fetch | gp-hash | gp-index --record >stored
	watched gp-hash --check <stored >checked
	same ok "$(jq -r .check checked | sort -u)"
	cat valgrind.* >&2
	[ -z "$(cat valgrind.*)" ]
}
