# shellcheck shell=bash
# gp-replicate beside plain rclone, to one real S3 store on this machine; and
# gp-scrub of the archive beside openssl.

bucket_new() {
	n=$((n + 1))
	rclone mkdir "wasabi:ours-$n"
	rclone mkdir "wasabi:theirs-$n"
}

replicate_ours() {
	seconds gp-replicate "wasabi:ours-$n"
}

replicate_theirs() {
	seconds rclone copy --exclude '/.gp/**' "$GP_ARCHIVE" "wasabi:theirs-$n"
}

scrub_ours() {
	seconds gp-scrub nas
}

scrub_theirs() {
	find "$GP_ARCHIVE"/bench-* -type f ! -name SHA256SUMS -print0 >"$S/files0"
	seconds xargs -0 openssl dgst -sha256 <"$S/files0"
}

# make_archive FILES KILOBYTES
make_archive() {
	archive_new "$GP_ARCHIVE"
	mkdir -p "$S/photos"
	head -c "$(($1 * $2 * 1024))" /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 2>/dev/null |
		split -a 4 -b "$2K" --additional-suffix=.jpg - "$S/photos/IMG_"
	gp-list --album Bench "dir:$S/photos" | gp-index --new | gp-fetch | gp-hash |
		gp-index --record >"$S/stored"
	rm -rf "$S/photos"
}

bench_replicate() {
	local n=0
	PATH=$PWD/pipelines:$PATH
	export GP_ARCHIVE=$S/archive RCLONE_CONFIG=$S/s3/rclone.conf
	bash tests/services/s3 start "$S/s3"
	# shellcheck disable=SC2064 # the folder of now
	trap "bash '$PWD/tests/services/s3' stop '$S/s3'; scratch_remove" EXIT
	make_archive "$(scaled 2000)" 100
	pairs 1 bucket_new replicate_ours replicate_theirs |
		row "gp-replicate, 2,000 files of 100 KiB, proved / rclone copy" "1.1"
	# the pairs ran in a shell of their own
	bucket_new
	replicate_ours >"$S/first"
	replicate_theirs >"$S/first"
	pairs 1 nothing replicate_ours replicate_theirs |
		row "gp-replicate, nothing new / rclone copy, nothing new" "1.5"
	make_archive "$(scaled 2000)" 2048
	pairs 1 nothing scrub_ours scrub_theirs |
		row "gp-scrub nas, 4 GB / openssl dgst -sha256" "0.6"
	bash tests/services/s3 stop "$S/s3"
	rm -rf "$GP_ARCHIVE"
}
