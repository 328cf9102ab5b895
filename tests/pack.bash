# What the tests of gp-pack share: an archive of files, and their records.
# shellcheck shell=bash

pack_setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir -p "$GP_ARCHIVE/ezra-2026-Q4"
	burn=$GP_ARCHIVE/burn
	export SOURCE_DATE_EPOCH=1790000000
}

# files N SIZE [EXTENSION]: N files of SIZE random bytes in the archive, two a
# day; their records on standard output
files() {
	python3 - "$GP_ARCHIVE" "$@" <<-'END'
		import hashlib, json, os, random, sys, time
		archive, n, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
		ext = sys.argv[4] if len(sys.argv) > 4 else "bin"
		random.seed(n * size)
		for i in range(n):
		    data = random.randbytes(size)
		    path = f"ezra-2026-Q4/IMG_{i:05}.{ext}"
		    taken = 1400000000 + i * 43200
		    with open(f"{archive}/{path}", "wb") as f:
		        f.write(data)
		    os.utime(f"{archive}/{path}", (taken, taken))
		    print(json.dumps({"id": str(i), "filename": f"IMG_{i:05}.{ext}",
		        "creationTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(taken)),
		        "album": {"id": "Ezra", "title": "Ezra"}, "size": size, "path": path,
		        "sha256": hashlib.sha256(data).hexdigest(), "status": "stored"}))
	END
}

# album: the sample album, stored as gp-backup stores it, with captions
album() {
	gp-list --album 'Ezra & <Co>' "dir:$DATA/album" | gp-index --new | gp-fetch |
		gp-hash | gp-index --record >/dev/null
	gp-index --export --unpacked
}

# proved LABEL: sha256sum finds all files of a bag good, and none unlisted
proved() {
	(
		cd "$burn/$1" || exit
		sha256sum --check --quiet --strict manifest-sha256.txt || exit
		sha256sum --check --quiet --strict tagmanifest-sha256.txt || exit
		same "$(find data -type f | sort)" "$(cut -c67- manifest-sha256.txt | sort)" "payload" || exit
		same "$(find . -type f ! -path './data/*' ! -name tagmanifest-sha256.txt | cut -c3- | LC_ALL=C sort)" \
			"$(cut -c67- tagmanifest-sha256.txt | LC_ALL=C sort)" "tags" || exit
		same "Payload-Oxum: $(find data -type f -printf '%s\n' |
			awk '{ n += $1 } END { print n + 0 "." NR }')" "$(grep Oxum bag-info.txt)"
	)
}

# sector_of IMAGE PATH: where in it the file begins
sector_of() {
	xorriso -indev "stdio:$1" -find "/$2" -exec report_lba -- 2>/dev/null |
		sed -n 's/^File data lba: *0 , *\([0-9]*\) .*/\1/p'
}
