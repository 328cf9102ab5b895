#!/usr/bin/env bats
# gp-pack: the image, as other programs read it.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper
load pack.bash

setup() {
	pack_setup
}

# by_mount IMAGE COMMAND...: the command with the kernel's own reader of IMAGE at
# ./mounted; nothing where that is not allowed
by_mount() {
	local image=$1 status=0
	shift
	mkdir -p mounted
	mount -o loop,ro -t iso9660 "$image" mounted 2>/dev/null || {
		echo "# no loop device here: the kernel was not asked" >&3
		return 0
	}
	"$@" || status=$?
	umount mounted
	return "$status"
}

# listing: what a reader says are the files, sorted
of_bag() {
	(cd "$burn/$1" && find . -type f | cut -c3- | LC_ALL=C sort)
}

@test "gp-pack: bsdtar, 7z and xorriso find the same files in the image, byte for byte" {
	files 12 30000 >in
	run -0 gp-pack --capacity 10M --flush --label EZRA <in
	cd "$burn"
	same "$(of_bag EZRA-0001)" "$(bsdtar tf EZRA-0001.iso | grep -v '/$' | sed 's,^\./,,' |
		while read -r name; do [ -d "EZRA-0001/$name" ] || printf '%s\n' "$name"; done | LC_ALL=C sort)"
	mkdir "$BATS_TEST_TMPDIR"/{tar,7z,iso}
	bsdtar xf EZRA-0001.iso -C "$BATS_TEST_TMPDIR/tar"
	diff -r EZRA-0001 "$BATS_TEST_TMPDIR/tar"
	7z x -bd -o"$BATS_TEST_TMPDIR/7z" EZRA-0001.iso >/dev/null
	diff -r EZRA-0001 "$BATS_TEST_TMPDIR/7z"
	xorriso -osirrox on -md5 on -indev EZRA-0001.iso -extract / "$BATS_TEST_TMPDIR/iso" 2>/dev/null
	diff -r EZRA-0001 "$BATS_TEST_TMPDIR/iso"
	chmod -R u+w "$BATS_TEST_TMPDIR"/{tar,7z,iso} # or only root could remove them
	cd "$BATS_TEST_TMPDIR"
	by_mount "$burn/EZRA-0001.iso" diff -r "$burn/EZRA-0001" mounted
}

@test "gp-pack: the image has level 3, Rock Ridge, Joliet, MD5 and its label" {
	files 3 30000 >in
	run -0 gp-pack --capacity 10M --flush --label EZRA --parity 0 <in
	image=$burn/EZRA-0001.iso
	toc=$(xorriso -indev "stdio:$image" -toc -pvd_info 2>&1)
	has "$toc" "Volume id    : 'EZRA-0001'"
	has "$toc" "App Id       : GP-PACK"
	# a Joliet descriptor: "%/E" in the second one
	same "$(printf '\2CD001')" "$(dd if="$image" bs=2048 skip=17 count=1 status=none | head -c 6)"
	same '%/E' "$(dd if="$image" bs=1 skip=$((17 * 2048 + 88)) count=3 status=none)"
	checked=$(xorriso -md5 on -indev "stdio:$image" -check_md5_r FAILURE / -- 2>&1)
	has "$checked" "File contents and their MD5 checksums match"
	dd if=/dev/zero of="$image" bs=2048 count=1 seek=$(($(stat -c %s "$image") / 4096)) conv=notrunc status=none
	run xorriso -md5 on -indev "stdio:$image" -check_md5_r FAILURE / --
	[ "$status" -ne 0 ]
}

@test "gp-pack: the same files give the same image, bit for bit, and its sum is in the records" {
	album >in
	NO_FAKE_STAT=1 run -0 --separate-stderr frozen '2026-11-01 12:00:00' gp-pack --capacity 20M --flush --parity 5 <in
	first=$(jq -r .imageSha256 <<<"$output" | sort -u)
	same "$first  $burn/GP-0001.iso" "$(sha256sum "$burn/GP-0001.iso")"
	mv "$burn" elsewhere
	touch "$GP_ARCHIVE/ezra"*
	NO_FAKE_STAT=1 run -0 --separate-stderr frozen '2026-11-01 12:00:07' gp-pack --capacity 20M --flush --parity 5 <in
	same "$first" "$(jq -r .imageSha256 <<<"$output" | sort -u)"
	cmp "$burn/GP-0001.iso" elsewhere/GP-0001.iso
}

@test "gp-pack: an image is never larger than the capacity, and discs of small files are full" {
	files 400 30000 >in
	capacity=4000000
	run -0 --separate-stderr gp-pack --capacity "$capacity" --parity 0 <in
	[ "$(ls "$burn"/*.iso | wc -l)" -ge 2 ]
	for image in "$burn"/*.iso; do
		[ "$(stat -c %s "$image")" -le "$capacity" ]
		[ "$(stat -c %s "$image")" -ge "$((capacity * 98 / 100))" ] || fail "$stderr $(stat -c "%n %s" "$burn"/*.iso)"
	done
}

@test "gp-pack: thousands of tiny files fill a disc too" {
	files 2000 1000 >in
	run -0 --separate-stderr gp-pack --capacity 4M --parity 0 <in
	[ "$(stat -c %s "$burn/GP-0001.iso")" -le "$((4 * 1000 * 1000))" ]
	[ "$(stat -c %s "$burn/GP-0001.iso")" -ge "$((4 * 1000 * 1000 * 98 / 100))" ]
	proved GP-0001
}

@test "gp-pack: names at Joliet's limit are whole there" {
	{
		for name in "$(printf 'ä%.0s' {1..60}).jpg" "$(printf 'b%.0s' {1..90}).jpg" "IMG(1) [2] & 'x' \$y.jpg"; do
			printf '%s' "$name" >"$GP_ARCHIVE/ezra-2026-Q4/$name"
			jq -nc --arg n "$name" --arg s "$(printf '%s' "$name" | sha256sum | cut -c1-64)" \
				--argjson size "$(printf '%s' "$name" | wc -c)" \
				'{id: $n, path: "ezra-2026-Q4/\($n)", size: $size, sha256: $s, creationTime: "2024-05-01T00:00:00Z"}'
		done
	} >in
	run -0 --separate-stderr gp-pack --capacity 10M --flush --parity 0 <in
	jq -r .discPath <<<"$output" | sort >names
	# bsdtar is told to see Joliet alone
	bsdtar tf "$burn/GP-0001.iso" --options '!rockridge' | grep 'data/2024/2024-05/' | sed 's,^\./,,' | sort >joliet
	cmp names joliet
}

@test "gp-pack: where there is no room for an image the bag alone stays, and that is said" {
	[ "$(id -u)" -eq 0 ] || skip "needs root, for a small file system"
	mkdir small
	mount -t tmpfs -o size=12m tmpfs small 2>/dev/null || skip "needs the right to mount"
	GP_ARCHIVE=$PWD/small/archive
	archive_new
	mkdir "$GP_ARCHIVE/ezra-2026-Q4"
	files 4 1000000 >in
	run --separate-stderr gp-pack --capacity 200M --flush --parity 0 <in
	burn=$GP_ARCHIVE/burn
	got=$status said=$stderr records=$output
	listed=$(ls -A "$burn")
	proved GP-0001 || got=9
	# a full disk while the bag is built: an error, and nothing half made
	head -c 7400000 /dev/zero >small/ballast || true
	rm -rf "$burn"
	run --separate-stderr gp-pack --capacity 200M --flush --parity 30 <in
	rest=$(ls -A "$burn") full=$status
	umount small
	same 0 "$got"
	same GP-0001 "$listed"
	has "$said" "no room for an image"
	same null "$(jq -r .imageSha256 <<<"$records" | sort -u)"
	same "2 stopped" "$full $(jq -r .error.code <<<"$output" | sort -u)"
	same "" "$rest"
}

@test "gp-pack: a file above 4 GiB is whole in the image" {
	long_only
	file=$GP_ARCHIVE/ezra-2026-Q4/BIG.MP4
	noise photo 1000000 >"$file"
	truncate -s 4500000001 "$file"
	jq -nc --arg s "$(sha256sum "$file" | cut -c1-64)" \
		'{id: "big", path: "ezra-2026-Q4/BIG.MP4", size: 4500000001, sha256: $s, creationTime: "2024-05-01T00:00:00Z"}' >in
	run -0 --separate-stderr gp-pack --capacity bd25 --flush --parity 0 <in
	same "$(jq -r .sha256 in)  -" "$(bsdtar xOf "$burn/GP-0001.iso" data/2024/2024-05/BIG.MP4 | sha256sum)"
	same "$(jq -r .sha256 in)  -" "$(7z e -so "$burn/GP-0001.iso" data/2024/2024-05/BIG.MP4 | sha256sum)"
	by_mount "$burn/GP-0001.iso" cmp "$file" mounted/data/2024/2024-05/BIG.MP4
	# and gp-disc, of one whose last bytes, in its second extent, are others
	PATH=$TESTS/../pipelines:$PATH
	run -0 gp-disc -C none verify GP-0001 "$burn/GP-0001.iso"
	has "$output" "all 1 photos are good"
	at=$(xorriso -indev "stdio:$burn/GP-0001.iso" -find /data -type f -exec report_sections -- 2>/dev/null |
		sed -n 's/^File data lba: *1 , *\([0-9]*\) .*/\1/p')
	chmod u+w "$burn/GP-0001.iso"
	printf X | dd of="$burn/GP-0001.iso" bs=1 seek=$((at * 2048 + 1000)) conv=notrunc status=none
	run -1 gp-disc -C none verify GP-0001 "$burn/GP-0001.iso"
	has "$output" "BIG.MP4: mismatch"
}

@test "gp-pack: 20,000 files of 1 KB: on full discs, each once, and all is read back" {
	long_only
	files 20000 1000 >in
	PATH=$TESTS/../pipelines:$PATH
	run -0 --separate-stderr gp-pack --capacity 30M --flush --parity 5 <in
	same 20000 "$(jq -r .disc <<<"$output" | grep -c '^GP-')"
	same "" "$(jq -r '.disc + "/" + .discPath' <<<"$output" | sort | uniq -d)"
	discs=("$burn"/*.iso)
	for image in "${discs[@]}"; do
		[ "$(stat -c %s "$image")" -le 30000000 ]
		label=$(basename "$image" .iso)
		[ "$image" = "${discs[-1]}" ] || [ "$(stat -c %s "$image")" -ge 29400000 ]
		proved "$label"
		run -0 gp-disc -C none verify "$label" "$image"
	done
	[ "${#discs[@]}" -ge 2 ]
}

@test "gp-pack: a folder of the bag that can't be read is said, and counted as no empty one" {
	export ASAN_OPTIONS=$NO_LEAKS
	files 3 30000 >in
	for fault in openat:EACCES getdents64:EIO; do
		run -2 --separate-stderr strace -qq -o trace -P "$burn/.EZRA-0001.part/data" -e "trace=${fault%:*}" \
			-e "inject=${fault%:*}:error=${fault#*:}" gp-pack --capacity 10M --flush --label EZRA --parity 0 <in
		grep -q INJECTED trace
		has "$stderr" "EZRA-0001.part/data"
		has "$stderr" "cannot be read"
		same "" "$(find "$burn" -name 'EZRA-0001*')"
		rm -r "$burn"
	done
	gp-pack --capacity 10M --flush --label EZRA --parity 0 <in
}
