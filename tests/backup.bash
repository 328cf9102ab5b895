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

# summary JQ...: of the newest run
summary() {
	jq -r "$@" "$(find "$GP_ARCHIVE/.gp/runs" -name summary.json -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-)"
}
