#!/usr/bin/env bats
# gp-recovery(7): every command of the page for the drawer, on a machine that
# has rclone.conf and nothing else.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	export RCLONE_CONFIG=$PWD/rclone.conf
	printf '[cloud]\ntype = alias\nremote = %s/far\n' "$PWD" >rclone.conf
	mkdir far
	PATH=$TESTS/../pipelines:$PATH
	{ gp-list --album "Ezra Backup" "dir:$DATA/album" && gp-list --album "Großmutter's 80." "dir:$DATA/more"; } |
		gp-index --new | gp-fetch | gp-hash | gp-index --record >records.ndjson
	gp-replicate cloud:
	files=$(gp-index --stats | jq .files)
	same 2 "$(printf '%s\n' far/*/ | wc -l)"
}

# commands SECTION: what the page shows there, with this cloud's name filled in
commands() {
	awk -v want="$1" '/^\.Ss/ { on = (substr($0, 5) == want) }
		on && /^\$ / { print substr($0, 3) }' "$TESTS/../man/gp-recovery.7" |
		sed 's,b2:ezra-photos,cloud:,'
}

@test "recovery: from a cloud, with rclone and sha256sum alone" {
	rm -rf "$GP_ARCHIVE"
	mkdir elsewhere
	cd elsewhere
	commands "From a cloud" >steps
	same 4 "$(wc -l <steps)"
	PATH=/usr/bin:/bin run -0 bash -euo pipefail steps
	has_not "$output" FAILED
	same "$files" "$(find photos -path photos/.gp -prune -o -type f ! -name SHA256SUMS -print | wc -l)"
	# a damaged one would have been said
	printf x | dd of="$(echo photos/ezra*/IMG_0001.jpg)" bs=1 seek=5000 conv=notrunc 2>/dev/null
	tail -n 2 steps >prove
	run -1 bash -euo pipefail prove
	has "$output" "IMG_0001.jpg: FAILED"
}

@test "recovery: and gp goes on from there, nothing comes down again" {
	rm -rf "$GP_ARCHIVE"
	mkdir elsewhere
	cd elsewhere
	{ commands "From a cloud" && commands "To go on with gp"; } >steps
	bash -euo pipefail steps
	same "$files" "$(gp-index -C ~/gp-archive --stats | jq .files)"
	for folder in ~/gp-archive/*/; do (cd "$folder" && sha256sum -c --quiet SHA256SUMS); done
	export GP_ARCHIVE=$PWD/photos
	same "$files" "$(gp-index --stats | jq .files)"
	gp-list --album "Ezra Backup" "dir:$DATA/album" "dir:$DATA/more" | gp-index --new | gp-fetch |
		gp-hash | gp-index --record >again.ndjson
	same 0 "$(grep -c '"status":"stored"' again.ndjson)"
	same "$files" "$(gp-index --stats | jq .files)"
}
