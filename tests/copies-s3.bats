#!/usr/bin/env bats
# gp-replicate and gp-scrub with two real S3 stores, and what can happen to them
# builds: plain long:san

bats_require_minimum_version 1.5.0
load helper
load copies
load s3

setup_file() {
	s3_start
}

teardown_file() {
	s3_stop
}

setup() {
	copies_setup
	s3_setup
}

@test "every legal name, an empty file, several parts: both stores have it all, proved" {
	long_only
	mkdir -p src
	for name in "a b+c%20&=#.jpg" "Été ü 日本.jpg" "(x)[y]{z}'~!@\$^,;.jpg" "-dash.jpg" "empty.txt"; do
		printf '%s' "$name" >"src/$name"
	done
	: >src/empty.txt
	noise big 12000000 >src/big.mp4
	store_dir src
	export RCLONE_S3_UPLOAD_CUTOFF=5M RCLONE_S3_CHUNK_SIZE=5M
	run -0 --separate-stderr gp-replicate
	has "$output" "$wasabi: 6 of 6 files are there, 6 sent now, 6 proved now"
	has "$output" "$b2: 6 of 6 files are there, 6 sent now, 6 proved now"
	rclone copy "$b2/$folder" back
	(cd back && sha256sum -c --quiet --strict SHA256SUMS)
	run -0 --separate-stderr gp-replicate
	has "$output" "$wasabi: 6 of 6 files are there, 0 sent now, 0 proved now"
	run -0 --separate-stderr gp-scrub
	same "" "$stderr"
	has "$output" "$b2: 6 of 6 files read, 0 bad"
}

@test "a byte flipped and an object lost behind S3's back: rclone sees neither, gp-scrub both" {
	archive_make 5
	gp-replicate
	s3 rot wasabi "$BUCKET" "$folder/photo-2.jpg"
	s3 lose wasabi "$BUCKET" "$folder/photo-3.jpg"
	s3 lose b2 "$BUCKET" "$folder/photo-4.jpg"
	# the false greens that gp must not share
	rclone check --one-way "$GP_ARCHIVE/$folder" "$wasabi/$folder"
	rclone copy --immutable --checksum "$GP_ARCHIVE/$folder" "$wasabi/$folder"
	run -1 gp-scrub
	has "$output" "$folder/photo-2.jpg (mismatch)"
	has "$output" "$folder/photo-3.jpg (unreadable)"
	same 3 "$(proofs "$wasabi")"
	same 4 "$(proofs "$b2")"
	# the archive lost one too: it comes from the store that still has it
	rm "$GP_ARCHIVE/$folder/photo-3.jpg"
	run -0 gp-scrub --heal
	same "5 5 5" "$(proofs nas) $(proofs "$wasabi") $(proofs "$b2")"
	rclone copy "$wasabi/$folder" back
	(cd back && sha256sum -c --quiet --strict SHA256SUMS)
}

@test "what a store loses or flips before it is read back is not proved, and said so" {
	long_only
	archive_make 4
	# the first is proved, the others have to wait
	GP_SCRUB_BUDGET=1 run -0 gp-replicate
	has "$output" "$wasabi: 4 of 4 files are there, 4 sent now, 1 proved now, 3 to be proved"
	s3 rot wasabi "$BUCKET" "$folder/photo-2.jpg"
	s3 lose wasabi "$BUCKET" "$folder/photo-3.jpg"
	run -1 gp-replicate
	has "$output" "$wasabi: sent, but not proved"
	has "$output" "$folder/photo-2.jpg, $folder/photo-3.jpg"
	same "2 4" "$(proofs "$wasabi") $(proofs "$b2")"
	run -0 gp-scrub --heal "$wasabi"
	same 4 "$(proofs "$wasabi")"
}

@test "an object in parts of another client has no sum, and rclone takes its size for proof: gp does not" {
	long_only
	mkdir -p src "theirs/$folder"
	noise big 6000000 >src/big.mp4
	store_dir src
	noise theirs 6000000 >"theirs/$folder/big.mp4"
	export RCLONE_S3_UPLOAD_CUTOFF=5M RCLONE_S3_CHUNK_SIZE=5M
	rclone copy --s3-disable-checksum theirs "$wasabi"
	# the false greens
	rclone copy --immutable --checksum "$GP_ARCHIVE/$folder" "$wasabi/$folder"
	rclone check --one-way "$GP_ARCHIVE/$folder" "$wasabi/$folder"
	run -1 gp-replicate
	has "$output" "$wasabi: sent, but not proved"
	same "0 1" "$(proofs "$wasabi") $(proofs "$b2")"
	run -0 gp-scrub --heal "$wasabi"
	same 1 "$(proofs "$wasabi")"
	rclone cat "$wasabi/$folder/big.mp4" | cmp - src/big.mp4
}

@test "refused, suspended, gone: the other store has all of it, and it is said which failed" {
	long_only
	archive_make 3
	GP_REMOTES="badsecret:$BUCKET badkey:$BUCKET $b2"
	run -1 --separate-stderr gp-replicate
	has "$stderr" "badsecret:$BUCKET: it refuses us"
	has "$stderr" "badkey:$BUCKET: it refuses us"
	has "$output" "$b2: 3 of 3 files are there"
	same 3 "$(proofs "$b2")"
	GP_REMOTES="$wasabi $b2"
	s3 suspend wasabi
	run -1 gp-replicate
	s3 enable wasabi
	has "$output" "$wasabi: it refuses us"
	s3 down wasabi
	run -1 gp-replicate
	has "$output" "$wasabi: it does not answer"
	run -1 gp-scrub
	s3 up wasabi
	has "$output" "$wasabi: was not read"
	has "$output" "$b2: 3 of 3 files read, 0 bad"
	run -0 gp-replicate
	same 3 "$(proofs "$wasabi")"
}

@test "a store that takes the connection and says nothing keeps nobody waiting" {
	long_only
	archive_make 3
	s3 hang wasabi
	(
		impatient
		run -1 --separate-stderr timeout "$PATIENCE" gp-replicate "$wasabi"
		has "$stderr" "$wasabi: it does not answer"
	)
	s3 cont wasabi
	run -0 gp-replicate
	has "$output" "$b2: 3 of 3 files are there, 3 sent now, 3 proved now"
	has "$output" "$wasabi: 3 of 3 files are there"
}

@test "a store that is full: what fitted is proved, the rest is named" {
	long_only
	archive_make 3
	noise photo-9 3000000 >src/photo-9.jpg
	store_dir src
	s3 quota wasabi 1500000
	run gp-replicate
	s3 quota wasabi -1
	same 1 "$status"
	has "$output" "$wasabi: 1 of 4 files are not there"
	has "$output" "photo-9.jpg"
	has "$output" "it is full"
	same 3 "$(proofs "$wasabi")"
	same 4 "$(proofs "$b2")"
	run -0 gp-replicate
	same 4 "$(proofs "$wasabi")"
}

@test "a network that drops half-way: no proof is lost, the next run goes on" {
	long_only
	archive_make 3
	gp-replicate
	# the first is there soon, the others would take minutes
	noise big-1 200000 >src/big-1.jpg
	for n in 2 3 4; do noise "big-$n" 15000000 >"src/big-$n.jpg"; done
	store_dir src
	touch slow
	# shellcheck disable=SC2016 # the shim's
	rclone_with '[[ ! -e slow || $verb != *" copy "*" wasabi:"* ]] || set -- "$@" --bwlimit 100k'
	RCLONE_TRANSFERS=1 gp-replicate >dropped.out 2>&1 3>&- &
	pid=$!
	there() { [ -n "$(rclone lsf "$wasabi/$folder/big-1.jpg")" ]; }
	wait_for there
	s3 down wasabi
	! wait "$pid" || fail "$(cat dropped.out)"
	s3 up wasabi
	rm slow
	has "$(cat dropped.out)" "$wasabi: not all is there"
	same 3 "$(proofs "$wasabi")"
	same 7 "$(proofs "$b2")"
	run -0 gp-replicate
	same 7 "$(proofs "$wasabi")"
}

@test "encryption over S3: proved, scrubbed, drilled, mended" {
	long_only
	archive_make 4
	crypt_config secret "$wasabi/crypt"
	GP_REMOTES="secret: $b2"
	run -0 gp-replicate
	same 4 "$(proofs secret:)"
	key=$(rclone lsf -R --files-only --format ps --separator ' ' "$wasabi/crypt" | awk '$2 > 60 && $2 < 200 { print $1; exit }')
	s3 rot wasabi "$BUCKET" "crypt/$key"
	run -1 gp-drill --sample 4 --from secret:
	has "$output" "secret:: NOT restored, 1 of 4"
	same 3 "$(proofs secret:)"
	run -0 gp-scrub --heal secret:
	run -0 gp-drill --from secret:
	same 4 "$(proofs secret:)"
}

@test "killed and two at once: the next run ends well, the store has it once" {
	long_only
	archive_make 2
	for n in 1 2 3; do noise "big-$n" 6000000 >"src/big-$n.jpg"; done
	store_dir src
	export RCLONE_S3_UPLOAD_CUTOFF=5M RCLONE_S3_CHUNK_SIZE=5M
	GP_BANDWIDTH=100K group_start gp-replicate
	begun() { rclone backend list-multipart-uploads "$wasabi" | grep -q big-; }
	wait_for begun
	group_kill
	same 0 "$(proofs "$wasabi")"
	gp-replicate >first.out 2>&1 3>&- &
	run -0 gp-replicate
	wait $! || fail "$(cat first.out)"
	same "5 5" "$(proofs "$wasabi") $(proofs "$b2")"
	same 5 "$(rclone lsf "$wasabi/$folder" | grep -c jpg)"
	rclone copy "$b2/$folder" back
	(cd back && sha256sum -c --quiet --strict SHA256SUMS)
}

@test "10,000 small files" {
	long_only
	archive_make 1
	for ((i = 1; i <= 10000; i++)); do echo "small $i" >"src/small-$i.jpg"; done
	store_dir src
	run -0 --separate-stderr gp-replicate "$wasabi"
	has "$output" "10001 of 10001 files are there, 10001 sent now, 10001 proved now"
	run -0 gp-scrub --budget 10% "$wasabi"
}
