#!/usr/bin/env bats
# gp-drill with stores that are folders
# builds: plain long:san

bats_require_minimum_version 1.5.0
load helper
load copies

setup() {
	copies_setup
	drills=$GP_ARCHIVE/.gp/drills.ndjson
}

@test "a drill of each copy: compared, written down, the time told, the scratch gone" {
	long_only
	archive_make 6
	gp-replicate "$one" "$two"
	export GP_REMOTES="$one $two"
	GP_READ_PRICE="1 $one=100000000" run -0 gp-drill --sample 2
	has "$output" "$one: 6 files restored and right"
	has "$output" "everything would take about"
	same 1 "$(grep -c ", and reading it would cost about [1-9][0-9]*[.][0-9][0-9]$" <<<"$output")"
	same "$one ok 6
$two ok 6" "$(jq -r '"\(.copy) \(.result) \(.files)"' "$drills")"
	[ ! -e "$GP_ARCHIVE/.gp/drill/scratch" ]
	run -0 gp-index --check
	# nothing is due now
	run -0 gp-drill --due
	same "" "$output"
	run -0 gp-drill --if-due
	same 2 "$(wc -l <"$drills")"
	sed -i 's/"time":"20../"time":"201/' "$drills"
	run -1 gp-drill --due
	has "$output" "$one: its last good drill was on 201"
	has "$output" "$two: its last good drill was on 201"
	run -0 gp-drill --if-due
	same 4 "$(wc -l <"$drills")"
	# a line that a crash cut is none
	printf '{"time":"2016' >>"$drills"
	run -0 gp-drill --due
	run -1 gp-drill --due --from nas
	same "nas: it never had a good drill; gp-drill --from nas tries it" "$output"
}

@test "rot, loss and a store that is gone: the drill fails, and says so" {
	archive_make 5
	gp-replicate "$one"
	flip "$one/$folder/photo-2.jpg"
	run -1 gp-drill --from "$one"
	has "$output" "$folder/photo-2.jpg"
	rm -r "${one:?}/$folder"
	run -1 gp-drill --from "$one"
	rm -r "$one"
	run -1 gp-drill --from "$one"
	same "failed failed failed" "$(jq -r .result "$drills" | xargs)"
}

# proved_long_ago: as if every copy had been proved last in 2001
proved_long_ago() {
	sqlite3 "$index" "UPDATE copy SET proved = 1000000000"
}

# proved_anew COPY: how many files were proved there since proved_long_ago
proved_anew() {
	sqlite3 "$index" "SELECT count(*) FROM copy WHERE copy = '$1' AND proved <> 1000000000"
}

@test "what was drilled is proved, what is bad is so no more, a dead network changes nothing" {
	long_only
	archive_make 5
	gp-replicate "$one"
	proved_long_ago
	flip "$one/$folder/photo-2.jpg"
	rm "$one/$folder/photo-3.jpg"
	run -1 gp-drill --from "$one"
	same 3 "$(proved_anew "$one")"
	same 3 "$(proofs "$one")"
	proved_long_ago
	run -0 gp-drill --from nas
	same 5 "$(proved_anew nas)"
	# a folder that is no copy of ours becomes none by this
	cp -a "$GP_ARCHIVE/$folder" elsewhere && mkdir other && mv elsewhere "other/$folder"
	run -0 gp-drill --from "$PWD/other"
	same 0 "$(proofs "$PWD/other")"
	mv "$one" away
	run -1 gp-drill --from "$one"
	same 3 "$(proofs "$one")"
}

@test "GP_BANDWIDTH holds for drills and restores" {
	long_only
	archive_make 2
	gp-replicate "$one"
	printf 'GP_REMOTES=%s\nGP_BANDWIDTH=10M\n' "$one" >gp.conf
	# shellcheck disable=SC2016
	rclone_with '[[ $verb != *" copy "*files-from* ]] || echo "$*" >>'"$PWD/args"
	run -0 gp-drill -c gp.conf
	run -0 gp-drill -c gp.conf --for-real
	run -0 gp-restore -c gp.conf --from "$one" --to "$PWD/to"
	same "3 3" "$(wc -l <args) $(grep -c -- '--bwlimit=10000000B' args)"
}

@test "no room for a drill: said, and no proof is lost" {
	long_only
	mkdir -p "$GP_ARCHIVE" src
	mount -t tmpfs -o size=5M none "$GP_ARCHIVE" || skip "needs the right to mount"
	gp-index --init
	noise photo-1 3000000 >src/photo-1.jpg
	store_dir src
	gp-replicate "$one"
	run gp-drill --from "$one"
	left=$(proofs "$one")
	umount "$GP_ARCHIVE"
	same "1 1" "$status $left"
	has "$output" "no room for a drill"
}

@test "--for-real: the photo is gone, comes back from each copy, and is as it was" {
	archive_make 3
	crypt_config secret "$two"
	gp-replicate "$one" secret:
	before=$(cd "$GP_ARCHIVE/$folder" && sha256sum ./*)
	GP_REMOTES="$one secret:" run -0 gp-drill --for-real
	has "$output" "$one: $folder/photo-"
	has "$output" "secret:: $folder/photo-"
	same "$before" "$(cd "$GP_ARCHIVE/$folder" && sha256sum ./*)"
	# a copy that has lost it: said, and the archive is whole all the same
	rm -r "${one:?}/$folder"
	run -1 gp-drill --for-real --from "$one"
	has "$output" "could NOT be brought back"
	same "$before" "$(cd "$GP_ARCHIVE/$folder" && sha256sum ./*)"
}

@test "--for-real killed in the middle: the photo is never lost, the next start puts it back" {
	archive_make 2
	gp-replicate "$one"
	before=$(cd "$GP_ARCHIVE/$folder" && sha256sum ./*)
	# rclone ends the drill while the photo is out
	rclone_with 'case $verb in *" copy "*) kill -9 0 ;; esac'
	setsid gp-drill --for-real --from "$one" >killed.out 2>&1 3>&- || true
	# what it had begun dies a moment later, and holds its lock until then
	wait_for flock -n "$GP_ARCHIVE/.gp/drill.lock" true
	same 1 "$(find "$GP_ARCHIVE/$folder" -name '*.jpg' | wc -l)"
	PATH=${PATH#*:}
	run -0 gp-drill --from "$one"
	same "$before" "$(cd "$GP_ARCHIVE/$folder" && sha256sum ./*)"
	[ -z "$(ls -A "$GP_ARCHIVE/.gp/quarantine")" ]
}

@test "a drill of an encrypted remote: proved by it, and rot under the encryption is seen" {
	long_only
	archive_make 5
	crypt_config secret "$one"
	gp-replicate secret:
	sqlite3 "$index" "UPDATE copy SET proved = proved - 100000"
	GP_REMOTES=secret: run -0 gp-drill
	has "$output" "secret:: 5 files restored and right"
	has "$output" "everything would take about"
	same 5 "$(proved_anew secret:)"
	for file in "$one"/*/*; do
		[ "$(rclone cryptdecode secret: "${file#"$one/"}" | awk -F ' \t ' '{ print $2 }')" != "$folder/photo-4.jpg" ] || flip "$file"
	done
	GP_REMOTES=secret: run -1 gp-drill
	has "$output" "secret:: NOT restored, 1 of 5: $folder/photo-4.jpg"
	same 4 "$(proofs secret:)"
}

@test "a disc of which the index knows nothing is no good drill" {
	long_only
	archive_make 2
	mkdir -p disc/data
	echo strange >disc/data/strange.jpg
	echo "BagIt-Version: 1.0" >disc/bagit.txt
	(cd disc && sha256sum data/strange.jpg >manifest-sha256.txt)
	run -1 gp-drill --from "$PWD/disc"
	same failed "$(jq -r .result "$drills")"
}

@test "gp-report warns of each copy whose last good drill is too old" {
	long_only
	archive_make 2
	gp-replicate "$one" "$two"
	gp-drill --from "$one" --from "$two"
	export GP_REMOTES="$one $two"
	run -1 gp-report
	has_not "$output" "as a drill"
	jq -c --arg one "$one" 'if .copy == $one then .time |= (fromdate - 101 * 86400 | todate) else . end' \
		"$GP_ARCHIVE/.gp/drills.ndjson" >old && mv old "$GP_ARCHIVE/.gp/drills.ndjson"
	run gp-report
	has "$output" "nothing was restored as a drill within 100 days from $one: run gp-drill"
	GP_DRILL_DAYS=102 run -1 gp-report
	has_not "$output" "as a drill"
}

@test "wrong arguments: exit 2" {
	archive_make 1
	run -2 gp-drill
	run -2 gp-drill --sample none --from "$one"
	run -2 gp-drill "$one"
}
