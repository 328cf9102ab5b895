#!/usr/bin/env bats
# gp-restore and gp-drill from a real S3 store, and what can happen to it
# builds: long:plain long:san

bats_require_minimum_version 1.5.0
load helper
load copies
load s3

setup_file() { s3_start; }
teardown_file() { s3_stop; }

setup() {
	copies_setup
	s3_setup
	archive_make 4
	gp-replicate
	to=$BATS_TEST_TMPDIR/to
}

@test "a byte flipped and an object lost behind S3's back: named; the other store fills in" {
	s3 rot wasabi "$BUCKET" "$folder/photo-1.jpg"
	s3 lose wasabi "$BUCKET" "$folder/photo-2.jpg"
	run -1 gp-drill --from "wasabi:$BUCKET"
	has "$output" "NOT restored, 2 of 4"
	GP_ARCHIVE=$to run -1 gp-restore --from "wasabi:$BUCKET" --to "$to"
	has "$output" "2 of 4 files restored"
	has "$output" "not restored: $folder/photo-1.jpg"
	GP_ARCHIVE=$to run -0 gp-restore --from "b2:$BUCKET" --to "$to"
	same_files "$to"
	GP_ARCHIVE=$to run -0 gp-index --check
	run -0 gp-drill --from "b2:$BUCKET"
	run -0 gp-drill --for-real --from "b2:$BUCKET"
}

@test "a store that hangs: exit 2, nothing begun; a drill of it fails" {
	long_only
	export RCLONE_TIMEOUT=1s
	s3 hang wasabi
	run gp-drill --from "wasabi:$BUCKET"
	drilled=$status
	run gp-restore --from "wasabi:$BUCKET" --to "$to"
	s3 cont wasabi
	same "1 2" "$drilled $status"
	[ ! -e "$to" ]
}

@test "refused, suspended, dead: a drill fails, says why, and no proof is lost; full: it goes well" {
	long_only
	run -1 gp-drill --from "badsecret:$BUCKET"
	has "$output" "it refuses us"
	s3 suspend wasabi
	run -1 gp-drill --from "wasabi:$BUCKET"
	s3 enable wasabi
	has "$output" "it refuses us"
	s3 down wasabi
	run -1 gp-drill
	s3 up wasabi
	has "$output" "wasabi:$BUCKET: it does not answer"
	has "$output" "b2:$BUCKET: 4 files restored and right"
	# one that is full can be read
	s3 quota wasabi 1
	run gp-drill --from "wasabi:$BUCKET"
	s3 quota wasabi -1
	same 0 "$status" "$output"
	same "4 4" "$(proofs "wasabi:$BUCKET") $(proofs "b2:$BUCKET")"
}

@test "the network drops or kill -9 in the middle of a drill: nothing is left, no proof is lost" {
	long_only
	for n in 5 6 7; do noise "photo-$n" 1000000 >"src/photo-$n.jpg"; done
	store_dir src
	gp-replicate
	came() { [ -n "$(find "$GP_ARCHIVE/.gp/drill/scratch" -name 'photo-*' 2>/dev/null)" ]; }
	RCLONE_TRANSFERS=1 GP_BANDWIDTH=100K group_start gp-drill --from "wasabi:$BUCKET"
	wait_for came
	group_kill
	run -0 gp-drill --from "wasabi:$BUCKET"
	[ ! -e "$GP_ARCHIVE/.gp/drill/scratch" ]
	RCLONE_RETRIES=1 RCLONE_LOW_LEVEL_RETRIES=1 RCLONE_TRANSFERS=2 GP_BANDWIDTH=100K gp-drill --from "wasabi:$BUCKET" >dropped.out 2>&1 3>&- &
	pid=$!
	wait_for came
	s3 down wasabi
	status=0
	wait "$pid" || status=$?
	s3 up wasabi
	same 1 "$status"
	has "$(cat dropped.out)" "NOT restored"
	same 7 "$(proofs "wasabi:$BUCKET")"
}
