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

# summary JQ...: of the newest run: of those that were not there when it was asked for
# last, if there are any, whatever the clock did meanwhile
summary() {
	local seen=$BATS_TEST_TMPDIR/summaries new
	touch "$seen"
	new=$(find "$GP_ARCHIVE/.gp/runs" -name summary.json -printf '%T@ %p\n' | sort -n | cut -d' ' -f2- |
		grep -vxFf "$seen" || true)
	[ -z "$new" ] || printf '%s\n' "$new" >>"$seen"
	jq -r "$@" "$(tail -n 1 "$seen")"
}
