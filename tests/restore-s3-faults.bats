#!/usr/bin/env bats
# gp-restore from real S3 stores on a bare machine: a network that drops, kill -9,
# refusals, snapshots that rot; what is shorter is in restore-s3.bats
# builds: long:plain

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
	to=$BATS_TEST_TMPDIR/to
}

# bare COMMAND...: on a machine that has rclone.conf and nothing else
bare() {
	(
		export HOME=$BATS_TEST_TMPDIR/bare-home GP_ARCHIVE=$to
		unset GP_REMOTES
		"$@"
	)
}

# big_make N: N files of 1 MB, which take a while at GP_BANDWIDTH=10K
big_make() {
	local n
	mkdir -p src
	for ((n = 1; n <= $1; n++)); do noise "photo-$n" 1000000 >"src/photo-$n.jpg"; done
	store_dir src
}

@test "several parts, an empty file, every legal name: all is back on a bare machine, and nothing comes twice" {
	mkdir src
	for name in "a b+c%20&=#.jpg" "Été ü 日本.jpg" "(x)[y]{z}'~!@\$^,;.jpg" "-dash.jpg"; do
		printf '%s' "$name" >"src/$name"
	done
	: >src/empty.txt
	noise big 12000000 >src/big.mp4
	store_dir src
	export RCLONE_S3_UPLOAD_CUTOFF=5M RCLONE_S3_CHUNK_SIZE=5M
	gp-replicate
	run -0 gp-drill --from "$wasabi"
	has "$output" "6 files restored and right"
	run -0 bare gp-restore --from "$wasabi" --to "$to"
	has "$output" "6 of 6 files restored"
	same "$(cd "$GP_ARCHIVE/$folder" && sha256sum -- * | sort)" "$(cd "$to/$folder" && sha256sum -- * | sort)"
	(cd "$to/$folder" && sha256sum -c --quiet --strict SHA256SUMS)
	export GP_ARCHIVE=$to
	run -0 gp-index --check
	gp-list --album Ezra dir:src | gp-index --new >new.ndjson
	same "" "$(cat new.ndjson)"
	run -0 gp-replicate
	has "$output" "$b2: 6 of 6 files are there, 0 sent now"
}

@test "the newest snapshot rots in the store: the one before, then none, and all is back" {
	archive_make 3
	gp-replicate "$wasabi"
	echo four >src/photo-4.jpg
	store_dir src
	gp-replicate "$wasabi"
	newest=$(rclone cat "$wasabi/.gp/snapshots/newest" | sed 's/.*  //')
	s3 rot wasabi "$BUCKET" ".gp/snapshots/$newest"
	run -0 bare gp-restore --from "$wasabi" --to "$to"
	has "$output" "is damaged"
	has "$output" "3 of 3 files restored"
	rm -r "$to"
	for name in $(rclone lsf "$wasabi/.gp/snapshots"); do s3 lose wasabi "$BUCKET" ".gp/snapshots/$name"; done
	run -0 bare gp-restore --from "$wasabi" --to "$to"
	has "$output" "4 of 4 files restored"
	same_files "$to"
	GP_ARCHIVE=$to run -0 gp-index --check
}

@test "refused, suspended, dead, hanging: exit 2, said why, nothing written; a full one gives all" {
	archive_make 2
	gp-replicate
	run -2 bare gp-restore --from "badsecret:$BUCKET" --to "$to"
	has "$output" "it refuses us"
	run -2 bare gp-restore --from "wasabi:no-such-bucket" --to "$to"
	s3 suspend wasabi
	run -2 bare gp-restore --from "$wasabi" --to "$to"
	s3 enable wasabi
	has "$output" "it refuses us"
	s3 down wasabi
	run -2 bare gp-restore --from "$wasabi" --to "$to"
	s3 up wasabi
	has "$output" "it does not answer"
	s3 hang wasabi
	RCLONE_TIMEOUT=1s run -2 bare timeout "$PATIENCE" gp-restore --from "$wasabi" --to "$to"
	s3 cont wasabi
	has "$output" "it does not answer"
	[ -z "$(find "$to" -type f 2>/dev/null)" ]
	s3 quota wasabi 1
	run bare gp-restore --from "$wasabi" --to "$to"
	s3 quota wasabi -1
	same 0 "$status" "$output"
	same_files "$to"
}

@test "a network that drops half-way: what came is kept, the next run brings the rest" {
	big_make 3
	gp-replicate "$wasabi"
	# one at a time: what rclone has read ahead comes from a dead store too
	(RCLONE_RETRIES=1 RCLONE_LOW_LEVEL_RETRIES=1 RCLONE_TRANSFERS=1 GP_BANDWIDTH=10K bare gp-restore --from "$wasabi" --to "$to") >dropped.out 2>&1 3>&- &
	pid=$!
	came() { [ -n "$(find "$to/.gp/restore/incoming" -name 'photo-*' 2>/dev/null)" ]; }
	wait_for came
	s3 down wasabi
	status=0
	wait "$pid" || status=$?
	s3 up wasabi
	same 1 "$status" "$(cat dropped.out)"
	has "$(cat dropped.out)" "not restored"
	for file in "$to/$folder"/*.jpg; do
		[ ! -e "$file" ] || cmp "$file" "src/${file##*/}"
	done
	run -0 bare gp-restore --from "$wasabi" --to "$to"
	has "$output" "3 of 3 files restored"
	same_files "$to"
	GP_ARCHIVE=$to run -0 gp-index --check
}

@test "kill -9 while files come: no name without its bytes, and the next run ends it" {
	big_make 6
	gp-replicate "$wasabi"
	for turn in 1 2; do
		GP_BANDWIDTH=10K HOME=$PWD/bare-home GP_ARCHIVE=$to group_start gp-restore --from "$wasabi" --to "$to"
		came() { [ -n "$(find "$to/.gp/restore/incoming" -name 'photo-*' 2>/dev/null)" ]; }
		wait_for came
		group_kill
		for file in "$to/$folder"/*.jpg; do
			[ ! -e "$file" ] || cmp "$file" "src/${file##*/}"
		done
		rm -rf "$to/.gp/restore/incoming"
	done
	run -0 bare gp-restore --from "$wasabi" --to "$to"
	same_files "$to"
	[ ! -e "$to/.gp/restore" ]
	GP_ARCHIVE=$to run -0 gp-index --check
}

@test "encryption over S3: all comes back; a flipped byte there is no photo here" {
	archive_make 4
	crypt_config secret "$wasabi/crypt"
	gp-replicate secret:
	run -0 bare gp-restore --from secret: --to "$to"
	same_files "$to"
	rm -r "$to"
	key=$(rclone lsf -R --files-only --format ps --separator ' ' "$wasabi/crypt" | awk '$2 > 60 && $2 < 200 { print $1; exit }')
	s3 rot wasabi "$BUCKET" "crypt/$key"
	run -1 bare gp-restore --from secret: --to "$to"
	has "$output" "3 of 4 files restored"
	same 3 "$(find "$to/$folder" -name 'photo-*' | wc -l)"
}

@test "10,000 small files come back, and are drilled" {
	archive_make 1
	for ((i = 1; i <= 10000; i++)); do echo "small $i" >"src/small-$i.jpg"; done
	store_dir src
	gp-replicate "$wasabi"
	run -0 bare gp-restore --from "$wasabi" --to "$to"
	has "$output" "10001 of 10001 files restored"
	same_files "$to"
	rm -r "$to"
	run -0 gp-drill --from "$wasabi"
	has "$output" "10001 files restored and right"
}
