#!/usr/bin/env bats
# gp-safe: may it be deleted at Google?
# builds: plain long:san

bats_require_minimum_version 1.5.0
load helper
load copies

# Three photos that are proved in the archive, in a folder and encrypted, made
# once; each test has them anew. Where the crypt lies is what each test says
# afterwards: gp-safe asks no store.
setup_file() {
	local BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR/now
	mkdir "$BATS_TEST_TMPDIR"
	copies_setup
	crypt_config secret "$two"
	mkdir src
	for n in 1 2 3; do echo "photo $n" >"src/photo-$n.jpg"; done
	gp-list --album Ezra dir:src | jq -c '.original = "yes"' | gp-index --new | gp-fetch | gp-hash |
		gp-index --record >stored.ndjson
	gp-replicate "$one" secret:
	gp-scrub nas
	cd "$BATS_FILE_TMPDIR" || return 1
	cp -a now made
}

setup() {
	rm -rf "$BATS_FILE_TMPDIR/now"
	cp -a "$BATS_FILE_TMPDIR/made" "$BATS_FILE_TMPDIR/now"
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR/now
	copies_setup
	# in the quarter in which setup_file began
	folder=$(basename "$GP_ARCHIVE"/ezra-*)
	export GP_REMOTES="$one secret:"
	lies far:photos
}

# lies WHERE: what secret: stands on from now on
lies() {
	printf '[far]\ntype = s3\nprovider = Wasabi\n' >"$RCLONE_CONFIG"
	crypt_config secret "$1"
}

@test "every photo an original with three proved copies, one elsewhere: yes" {
	run -0 gp-safe Ezra --count 3
	has "$output" "Ezra: safe: 3 photos"
	run -0 gp-safe --json --count 3 Ezra
	same "true 3" "$(jq -r '"\(.safe) \(.photos)"' <<<"$output")"
}

@test "what other people added is never said to be safe" {
	run -0 --separate-stderr gp-safe Ezra --count 3
	has "$output" "What other people added to the album is in their exports, not in yours"
	run -1 --separate-stderr gp-safe Ezra
	has "$output" "What other people added"
	run -0 --separate-stderr gp-safe --json --count 3 Ezra
	has "$(jq -r .note <<<"$output")" "What other people added"
}

@test "a crypt or an alias over a folder of this machine is not elsewhere, over S3 it is" {
	long_only
	lies "$two"
	run -1 gp-safe Ezra --count 3
	has "$output" "0 of 1 copies elsewhere"
	lies near:
	printf '[near]\ntype = alias\nremote = %s\n' "$two" >>"$RCLONE_CONFIG"
	run -1 gp-safe Ezra --count 3
	has "$output" "0 of 1 copies elsewhere"
	lies nowhere:photos
	run -1 gp-safe Ezra --count 3
	has "$output" "0 of 1 copies elsewhere"
	lies far:photos
	run -0 gp-safe Ezra --count 3
}

@test "an edited version, in any language, is no further photo" {
	mkdir more
	for name in -edited -bearbeitet -modifié "-ha editado"; do
		echo "edited $name" >"more/photo-x$name.jpg"
	done
	echo first >more/photo-x.jpg
	echo "live" >more/photo-x.mov
	echo other >more/photo-y.jpg
	gp-list --album Fotos dir:more | jq -c '.original = "yes" | .creationTime = "2026-01-02T03:04:05Z"' |
		gp-index --new | gp-fetch | gp-hash | gp-index --record >more.ndjson
	run -1 gp-safe --json --count 7 Fotos
	same "7 2" "$(tail -n 1 <<<"$output" | jq -r '"\(.files) \(.photos)"')"
}

@test "without the number that Google shows, or with a larger one: no" {
	run -1 gp-safe Ezra
	has "$output" "--count N"
	run -1 gp-safe Ezra --count 4
	has "$output" "Google shows 4 photos, the archive has 3"
}

@test "a proof withdrawn, a copy not configured, no copy elsewhere, an old proof: no, by photo" {
	flip "$one/$folder/photo-2.jpg"
	gp-scrub "$one" || true
	run -1 gp-safe Ezra --count 3
	has "$output" "$folder/photo-2.jpg: 2 of 3 copies"
	[[ $output != *"$folder/photo-1.jpg"* ]]
	gp-scrub --heal "$one"
	run -0 gp-safe Ezra --count 3
	GP_REMOTES=secret: run -1 gp-safe Ezra --count 3
	GP_SAFE_COPIES=2 GP_REMOTES=$one run -1 gp-safe Ezra --count 3
	has "$output" "0 of 1 copies elsewhere"
	sqlite3 "$index" "UPDATE copy SET proved = proved - 200 * 86400 WHERE copy = 'nas'"
	run -1 gp-safe Ezra --count 3 --json
	same 3 "$(jq -c 'select(.path)' <<<"$output" | wc -l)"
	same false "$(tail -n 1 <<<"$output" | jq .safe)"
}

@test "a copy that is no original: no" {
	long_only
	mkdir more
	echo api >more/api.jpg
	gp-list --album June dir:more | jq -c '.original = "no"' | gp-index --new | gp-fetch | gp-hash |
		gp-index --record >june.ndjson
	run -1 gp-safe June --count 1
	has "$output" "not known to be the original"
}

# fails ALBUM NAME: a photo of the album, "" for none, is listed and can't be had
fails() {
	mkdir -p "failing$1"
	echo "$2" >"failing$1/$2.jpg"
	gp-list ${1:+--album "$1"} "dir:failing$1" | gp-index --new |
		jq -c '.error = {stage: "gp-fetch", code: "network", message: "gone"}' |
		gp-index --record >failed.ndjson || true
}

@test "what failed of this album, or of none that is known: no; of another album: said, but yes" {
	long_only
	fails June june
	run -0 gp-safe Ezra --count 3
	has "$output" "Items of other albums failed"
	fails Ezra later
	run -1 gp-safe Ezra --count 3
	has "$output" "1 items of it failed"
	# it comes after all
	store_dir failingEzra
	lies "$two"
	gp-replicate
	lies far:photos
	gp-scrub nas
	sqlite3 "$index" "UPDATE file SET original = 'yes'"
	run -0 gp-safe Ezra --count 4
	fails "" stray
	run -1 gp-safe Ezra --count 4
	has "$output" "1 items failed of which no album is known; they may be of this one"
}

@test "what was listed and is not stored, for a run was killed: no" {
	long_only
	mkdir more
	echo more >more/more.jpg
	# twice in one listing: the second is noted, the first was never stored
	gp-list --album Ezra dir:more >listed
	cat listed listed | gp-index --new >new.ndjson
	run -1 gp-safe Ezra --count 3
	has "$output" "1 items of it were listed and are not stored"
	gp-list dir:more | jq -c '.id += "x"' >listed
	cat listed listed | gp-index --new >new.ndjson
	run -1 gp-safe Ezra --count 3
	has "$output" "1 items that are in no album, as far as the index knows"
}

@test "a failure that was never listed is of no album, and so may be of this one" {
	long_only
	jq -nc '{id: "x", filename: "x.jpg", error: {stage: "gp-list", code: "bad-record", message: "cut"}}' |
		gp-index --record >failed.ndjson || true
	run -1 gp-safe Ezra --count 3
	has "$output" "1 items failed of which no album is known"
	gp-index --accept x "a broken file of 2019"
	run -0 gp-safe Ezra --count 3
}

@test "no such album, no archive: exit 2" {
	run -2 gp-safe Juli --count 1
	run -2 gp-safe
	run -2 gp-safe -C "$PWD/none" Ezra
}
