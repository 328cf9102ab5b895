#!/usr/bin/env bats
# gp-scrub --heal with two real S3 stores: keys that may only add, locked
# objects, uploads that were cut off, and stores that fail while it mends
# builds: long:san

bats_require_minimum_version 1.5.0
load helper
load copies
load s3

setup_file() { s3_start; }
teardown_file() { s3_stop; }

setup() {
	copies_setup
	s3_setup
}

# cut_off REMOTE: a big file's upload to it, killed when its parts are on the way
cut_off() {
	rclone copy --bwlimit 20k --files-from-raw <(echo "$folder/big é.mp4") "$GP_ARCHIVE" "$1" 3>&- 2>/dev/null &
	begun() { [ "$(rclone backend list-multipart-uploads "$2" | jq '[.[][]] | length')" -ge "$1" ]; }
	wait_for begun "$2" "$wasabi"
	kill -KILL $!
	wait $! || true
}

@test "uploads that were cut off are found; --heal ends those of ours that are a day old" {
	archive_make 1
	noise big-é 6000000 >"src/big é.mp4"
	store_dir src
	export RCLONE_S3_UPLOAD_CUTOFF=5M RCLONE_S3_CHUNK_SIZE=5M
	crypt_config secret "$wasabi/crypt"
	cut_off "$wasabi/plain" 1
	cut_off secret: 2
	run -0 gp-replicate "$wasabi/plain" secret:
	run -1 gp-scrub "$wasabi/plain" secret:
	has "$output" "$wasabi/plain: 1 uploads were never finished: $folder/big é.mp4"
	has "$output" "secret:: 1 uploads were never finished: $folder/big é.mp4"
	# they may be somebody's who is at work
	run -1 gp-scrub --heal "$wasabi/plain" secret:
	has "$output" "never finished"
	# a day later
	# shellcheck disable=SC2016
	rclone_with 'case $verb in
	*list-multipart-uploads*)
		real "$@" | jq "map_values(map(.Initiated = \"2001-01-01T00:00:00Z\"))"
		exit
		;;
	*max-age=24h*) set -- "${@/24h/1s}" ;;
	esac'
	run -0 gp-scrub --heal "$wasabi/plain"
	has "$output" "were ended: $folder/big é.mp4"
	begun 1 "$wasabi/crypt"
	# what is not ours is not touched, and nothing else either
	rclone copyto --bwlimit 20k "src/big é.mp4" "$wasabi/crypt/strange" 3>&- 2>/dev/null &
	wait_for begun 2 "$wasabi/crypt"
	kill -KILL $!
	wait $! || true
	run -1 gp-scrub --heal secret:
	has "$output" "all were left alone"
	begun 2 "$wasabi/crypt"
	rclone backend cleanup -o max-age=1s "$wasabi"
	run -0 gp-scrub secret:
}

# allow USER FILTER: on the bucket, what the template for the key allows, changed by the jq FILTER
allow() {
	jq --arg user "arn:aws:iam::wasabi:user/$1" ".Statement[].Principal = {AWS: [\$user]} | $2" \
		"$TESTS/../contrib/rclone/append-only-wasabi.json" | sed "s/BUCKET/$BUCKET/" >policy.json
	s3 call wasabi PUT "/$BUCKET?policy=" "$PWD/policy.json"
}

@test "a key that may only add: it copies, it can't delete; where it may not write over, --heal says so" {
	archive_make 3
	s3 user wasabi nas
	nas=nas:$BUCKET
	rclone backend versioning "$wasabi" Enabled
	allow nas .
	run -0 gp-replicate "$nas" "$b2"
	same 3 "$(proofs "$nas")"
	run -1 rclone deletefile --retries 1 "$nas/$folder/photo-1.jpg"
	run -1 rclone backend versioning "$nas" Suspended
	# what is written over stays as a version
	echo ransom | rclone rcat "$nas/$folder/photo-2.jpg"
	same 2 "$(rclone lsf --s3-versions "$wasabi/$folder" | grep -c photo-2)"
	allow nas '.Statement[1].Action -= ["s3:PutObject"]'
	echo four >src/photo-4.jpg
	store_dir src
	export GP_REMOTES="$nas $b2"
	run -1 gp-replicate
	has "$output" "files could not be sent: it refuses us"
	has "$output" "$b2: 4 of 4 files are there"
	run -1 gp-scrub --heal "$nas"
	has "$output" "$nas: NOT mended, though nas has the good bytes: it refuses us"
	has "$output" "s3:PutObject"
	has_not "$output" "NO GOOD COPY"
	same 0 "$(gp-index --stats | jq .failures.open)"
	allow nas .
	run -0 gp-scrub --heal "$nas"
	same 4 "$(proofs "$nas")"
}

@test "a bucket that locks its objects: copied, mended beside the locked version, nothing destroyed" {
	archive_make 3
	printf '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>
		<Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>' >lock.xml
	s3 call wasabi PUT "/locked" /dev/null "x-amz-bucket-object-lock-enabled: true"
	s3 call wasabi PUT "/locked?object-lock=" "$PWD/lock.xml"
	run -0 gp-replicate wasabi:locked
	# somebody writes over one, and deletes one
	echo ransom | rclone rcat "wasabi:locked/$folder/photo-1.jpg"
	rclone deletefile "wasabi:locked/$folder/photo-2.jpg"
	run -1 gp-scrub wasabi:locked
	has "$output" "$folder/photo-1.jpg (mismatch)"
	has "$output" "$folder/photo-2.jpg (missing)"
	run -0 gp-scrub --heal wasabi:locked
	same 3 "$(proofs wasabi:locked)"
	rclone copy "wasabi:locked/$folder" back
	(cd back && sha256sum -c --quiet --strict SHA256SUMS)
	run -1 rclone backend cleanup-hidden wasabi:locked
	# what was there first and what the stranger wrote: all of it still is
	same 3 "$(rclone lsf --s3-versions "wasabi:locked/$folder" | grep -c photo-1)"
}

@test "a store that refuses, hangs or is full while it is mended: said, no proof lost, and mended later" {
	archive_make 3
	noise photo-9 3000000 >src/photo-9.jpg
	store_dir src
	gp-replicate
	rclone deletefile "$wasabi/$folder/photo-9.jpg"
	s3 suspend wasabi
	run -1 gp-scrub --heal
	s3 enable wasabi
	has "$output" "$wasabi: it refuses us"
	has "$output" "$b2: 4 of 4 files read, 0 bad"
	same 4 "$(proofs "$wasabi")"
	s3 hang wasabi
	RCLONE_TIMEOUT=1s run -1 timeout "$PATIENCE" gp-scrub --heal "$wasabi"
	s3 cont wasabi
	has "$output" "$wasabi: it does not answer"
	same 4 "$(proofs "$wasabi")"
	s3 quota wasabi 1500000
	run gp-scrub --heal "$wasabi"
	s3 quota wasabi -1
	same 1 "$status"
	has "$output" "$wasabi: NOT mended, though nas has the good bytes: it is full"
	same 3 "$(proofs "$wasabi")"
	same 0 "$(gp-index --stats | jq .failures.open)"
	run -0 gp-scrub --heal "$wasabi"
	same 4 "$(proofs "$wasabi")"
}

# archive_big N: photos of 1 MB, on one store
archive_big() {
	mkdir src
	for ((n = 1; n <= $1; n++)); do noise "photo-$n" 1000000 >"src/photo-$n.jpg"; done
	store_dir src
	gp-replicate "$wasabi"
}

@test "kill -9 while a store is mended: the next --heal ends well" {
	archive_big 6
	for n in 1 2 3 4 5; do s3 rot wasabi "$BUCKET" "$folder/photo-$n.jpg"; done
	rclone deletefile "$wasabi/$folder/photo-6.jpg"
	RCLONE_TRANSFERS=1 GP_BANDWIDTH=4M group_start gp-scrub --heal "$wasabi"
	mending() { [ -n "$(rclone lsf "$wasabi/$folder/photo-6.jpg")" ] || grep -qs photo "$TMPDIR"/gp-scrub.*/*/put.list; }
	wait_for mending
	group_kill
	run -0 gp-scrub --heal "$wasabi"
	same 6 "$(proofs "$wasabi")"
	rclone copy "$wasabi/$folder" back
	(cd back && sha256sum -c --quiet --strict SHA256SUMS)
}

@test "the network drops while the archive is mended from a store: nothing half, and the next --heal ends well" {
	archive_big 3
	for n in 1 2; do rm "$GP_ARCHIVE/$folder/photo-$n.jpg"; done
	GP_REMOTES=$wasabi RCLONE_RETRIES=1 RCLONE_LOW_LEVEL_RETRIES=1 RCLONE_TRANSFERS=1 GP_BANDWIDTH=10K gp-scrub --heal nas >dropped.out 2>&1 3>&- &
	pid=$!
	came() { [ -n "$(find "$GP_ARCHIVE/.gp/heal" -name 'photo-*' 2>/dev/null)" ]; }
	wait_for came
	s3 down wasabi
	status=0
	wait "$pid" || status=$?
	s3 up wasabi
	same 1 "$status" "$(cat dropped.out)"
	has_not "$(cat dropped.out)" "NO GOOD COPY IS LEFT"
	for file in "$GP_ARCHIVE/$folder"/*.jpg; do cmp "$file" "src/${file##*/}"; done
	same 0 "$(gp-index --stats | jq .failures.open)"
	run -0 gp-scrub --heal nas
	(cd "$GP_ARCHIVE/$folder" && sha256sum -c --quiet --strict SHA256SUMS)
	same 3 "$(proofs nas)"
}
