# What the tests of gp-backup share.
# shellcheck shell=bash

# An empty archive, the pipelines, and a folder camera of $files photos.
backup_setup() {
	common_setup
	PATH=$TESTS/../pipelines:$PATH
	cd "$BATS_TEST_TMPDIR" || return 1
	cp -r "$DATA/album" camera
	rm -f camera/*.json
	files=$(find camera -type f | wc -l)
}

# see_runs: notes the runs that were not there before
see_runs() {
	local seen=$BATS_TEST_TMPDIR/summaries
	touch "$seen"
	find "$GP_ARCHIVE/.gp/runs" -name summary.json -printf '%T@ %p\n' 2>/dev/null | sort -n | cut -d' ' -f2- |
		grep -vxFf "$seen" >"$seen.new" || true
	cat "$seen.new" >>"$seen"
}

# summary JQ...: of the newest run: of those that were not there when it was asked for
# last, if there are any, whatever the clock did meanwhile
summary() {
	see_runs
	jq -r "$@" "$(tail -n 1 "$BATS_TEST_TMPDIR/summaries")"
}
