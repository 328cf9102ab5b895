# shellcheck shell=bash
# gp-pack and gp-disc: a plan of a million records beside jq merely reading them,
# an image beside xorriso alone, the check of one beside openssl, and how full
# the discs get.

PACK_CAPACITY=24220008448 # bytes, of a bd25
PACK_PARITY=10            # percent

# records as gp-index --export writes them: photos of 1 to 13 MB, a video of up to
# 600 MB after every fiftieth
pack_list() {
	/usr/bin/awk -v n="$(scaled 1000000)" 'BEGIN {
		seed = 1
		for (i = 1; i <= n; i++) {
			seed = (seed * 16807) % 2147483647
			size = i % 50 ? 1000000 + seed % 12000000 : 30000000 + seed % 570000000
			taken = sprintf("%d-%02d-%02dT%02d:20:30Z", 2006 + i / n * 20, 1 + seed % 12, 1 + seed % 28, seed % 24)
			printf "{\"id\":\"AF1QipN%040d\",\"source\":\"takeout\",\"account\":\"default\",\"album\":{\"id\":\"Ezra\",\"title\":\"Ezra\"},\"filename\":\"PXL_20240501_%07d.jpg\",\"mimeType\":\"image/jpeg\",\"creationTime\":\"%s\",\"width\":4032,\"height\":3024,\"original\":\"yes\",\"size\":%d,\"sha256\":\"%056x%08x\",\"path\":\"ezra-2026-Q4/PXL_20240501_%07d.jpg\",\"status\":\"stored\",\"copies\":{\"nas\":\"2026-05-01T10:20:30Z\",\"b2:photos\":\"2026-05-01T10:20:30Z\"},\"metadata\":{\"title\":\"PXL_20240501_%07d.jpg\",\"description\":\"\",\"imageViews\":\"12\",\"photoTakenTime\":{\"timestamp\":\"1714558830\",\"formatted\":\"1 May 2024, 10:20:30 UTC\"},\"geoData\":{\"latitude\":0.0,\"longitude\":0.0,\"altitude\":0.0},\"url\":\"https://photos.google.com/photo/AF1QipN%040d\"}}\n", i, i, taken, size, seed, i, i, i, i
		}
	}' >"$S/list"
}

pack_plan() {
	seconds sh -c "gp-pack --plan --flush --capacity $PACK_CAPACITY --parity $PACK_PARITY <$S/list >$S/plan"
}

pack_jq() {
	seconds sh -c "jq -c . <$S/list"
}

# pack_fill: how many discs the plan took, against the fewest that would hold the
# bytes and their parity if files could be cut and lists took no room
pack_fill() {
	jq -r '[.disc, .size] | @tsv' "$S/plan" |
		/usr/bin/awk -F '\t' -v room="$PACK_CAPACITY" -v parity="$PACK_PARITY" '
			{ bytes[$1] += $2; all += $2; last = $1 > last ? $1 : last }
			END {
				for (d in bytes) { n++; if (d != last) full += bytes[d] }
				least = all * (1 + parity / 100) / room
				least = int(least) + (least > int(least))
				printf "| discs of 25 GB with 10 %% parity for %.1f TB / the fewest possible | %d | %d | %.3f | |\n", all / 1e12, n, least, n / least
				printf "| their fill with photos and parity, the last left out | %.1f %% | | | 98 %% |\n", 100 * full * (1 + parity / 100) / room / (n - 1)
			}'
}

# pack_archive FILES MEGABYTES: an archive of them, and the records
pack_archive() {
	archive_new "$GP_ARCHIVE"
	mkdir -p "$S/photos"
	head -c "$(($1 * $2 * 1000000))" /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 2>/dev/null |
		split -a 4 -b "$2MB" --additional-suffix=.bin - "$S/photos/IMG_"
	gp-list --album Bench "dir:$S/photos" | gp-index --new | gp-fetch | gp-hash |
		gp-index --record >"$S/stored"
	rm -rf "$S/photos"
	gp-index --export --unpacked >"$S/unpacked"
}

# the archive stays in memory for both
pack_forget() {
	rm -rf "$GP_ARCHIVE/burn" "$S/theirs.iso"
	sync
}

pack_image() {
	seconds sh -c "gp-pack --flush --capacity bd25 --parity 0 <$S/unpacked >$S/packed && sync"
}

# the same tree, as gp-pack laid it out
pack_xorriso() {
	seconds sh -c "xorriso -as mkisofs -iso-level 3 -r -J --md5 -no-pad -V GP-0001 -o $S/theirs.iso $S/tree && sync"
}

pack_verify() {
	seconds gp-disc verify GP-0001 "$S/disc.iso"
}

pack_openssl() {
	seconds openssl dgst -sha256 "$S/disc.iso"
}

bench_pack() {
	PATH=$PWD/pipelines:$PATH
	export GP_ARCHIVE=$S/archive
	pack_list
	pairs 1 nothing pack_plan pack_jq | row "gp-pack --plan, 1,000,000 records / jq -c ." "2"
	pack_fill
	rm -f "$S/list" "$S/plan"
	pack_archive "$(scaled 400)" 5
	pack_image >"$S/first"
	# hard links, out of the way of what the next run makes
	cp -al "$GP_ARCHIVE/burn/GP-0001" "$S/tree"
	pairs 1 pack_forget pack_image pack_xorriso |
		row "gp-pack, image of 2 GB in files of 5 MB / xorriso -as mkisofs --md5" "1.1"
	pack_forget
	pack_image >"$S/first"
	gp-index --packed <"$S/packed" >"$S/first"
	mv "$GP_ARCHIVE/burn/GP-0001.iso" "$S/disc.iso"
	pairs 1 nothing pack_verify pack_openssl |
		row "gp-disc verify of that image / openssl dgst -sha256" "1.3"
	chmod -R u+w "$S/tree" "$GP_ARCHIVE/burn"
	rm -rf "$GP_ARCHIVE" "$S/tree" "$S/disc.iso"
}
