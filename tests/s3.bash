# What tests with real S3 stores share; see tests/services/s3.
#
#   setup_file() { s3_start; }
#   teardown_file() { s3_stop; }
#   setup() { common_setup; s3_setup; }     # empty buckets wasabi:$BUCKET, b2:$BUCKET,
#                                           # as $wasabi, $b2 and GP_REMOTES
#   s3 rot wasabi "$BUCKET" PATH            # its verbs, without the folder
# shellcheck shell=bash

# Now and then a cluster does not come up: another is made, on other ports.
s3_start() {
	local n
	clean_environment
	export S3_DIR=$BATS_FILE_TMPDIR/s3
	for n in 1 2 3; do
		if timeout -k 5 "$PATIENCE" "$TESTS/services/s3" start "$S3_DIR" 3>&- 4>&-; then
			return 0
		fi
		echo "the stores did not start, turn $n:" >&2
		tail -n 5 "$S3_DIR"/log/*.out "$S3_DIR"/log/*.err >&2 || true
		s3_stop
		rm -rf "$S3_DIR"
	done
	return 1
}

s3_stop() {
	"$TESTS/services/s3" stop "$S3_DIR"
}

s3() {
	timeout -k 5 "$PATIENCE" "$TESTS/services/s3" "$1" "$S3_DIR" "${@:2}" 3>&- 4>&-
}

# Buckets of this test's own. Where a test makes a store hang it says `impatient`
# first: a dead one is then known as such in seconds.
s3_setup() {
	export RCLONE_CONFIG=$S3_DIR/rclone.conf
	export RCLONE_TIMEOUT=${PATIENCE}s RCLONE_CONTIMEOUT=${PATIENCE}s
	BUCKET=photos-$BATS_TEST_NUMBER
	wasabi=wasabi:$BUCKET b2=b2:$BUCKET
	timeout "$PATIENCE" rclone mkdir "$wasabi"
	timeout "$PATIENCE" rclone mkdir "$b2"
	export GP_REMOTES="$wasabi $b2"
}

impatient() {
	export RCLONE_TIMEOUT=4s RCLONE_CONTIMEOUT=4s
}
