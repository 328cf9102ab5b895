#!/usr/bin/env bats
# gp-list takeout: parts that are missing, arriving, cut, damaged or hostile:
# said by name, and whatever is whole is listed.
# builds: san
bats_require_minimum_version 1.5.0
load helper
load takeout

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}

# three KIND: an export of three parts, two photos in each
three() {
	parts "$1" <<-'END'
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg = one
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		2 Ezra/IMG_2.jpg = two
		2 Ezra/IMG_2.jpg.json = photo IMG_2.jpg 1577836800 B
		2 Ezra/IMG_3.jpg.json = photo IMG_3.jpg 1577836800 C
		3 Ezra/IMG_3.jpg = three
		3 Ezra/IMG_4.jpg = four
	END
}

PART=in/takeout-20260301T040000Z

# growing FILE: listed, while FILE gets longer
growing() {
	cc -shared -fPIC -o grow.so "$TESTS/faults/grow.c"
	GROW_FILE=$PWD/$1 preloaded "$PWD/grow.so" gp-list takeout:in >list 2>said
}

names() {
	jq -r 'select(has("error") | not) | .filename' list | sort | xargs
}

errors() {
	jq -r 'select(has("error")) | "\(.id) \(.error.code)"' list
}

@test "takeout parts: a missing part is named, exit 1; the others are listed, but what may get a sidecar waits" {
	three zip
	rm "$PART-002.zip"
	listed 1
	same "IMG_1.jpg" "$(names)"
	same "takeout:takeout-20260301T040000Z/part 002 not-found" "$(errors)"
	has "$(cat said)" "part 002 of takeout-20260301T040000Z is missing"
	same "5 = 1 + 0 + 1 + 1 + 2" "$(balance)"
	has "$(cat said)" "2 without a sidecar while parts are not there"
	# complete again
	three zip
	listed 0
	same "IMG_1.jpg IMG_2.jpg IMG_3.jpg IMG_4.jpg" "$(names)"
}

@test "takeout parts: a sidecar without its photo is said, for the last part may be missing" {
	three zip
	rm "$PART-003.zip"
	listed 0
	same "IMG_1.jpg IMG_2.jpg" "$(names)"
	has "$(cat said)" "Google Photos/Ezra/IMG_3.jpg.json is without its photo"
	has "$(cat said)" "1 sidecar is without its photo: is a part missing?"
	three zip
	listed 0
	has_not "$(cat said)" "is a part missing"
	# the album's copy of a photo that lies in the year folder alone
	rm in/*
	parts zip <<-'END'
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		1 Photos from 2020/IMG_1.jpg = one
		1 Photos from 2020/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
	END
	listed 0
	has_not "$(cat said)" "is a part missing"
}

@test "takeout parts: a part that was unpacked beside the others is said" {
	three zip
	bsdtar -xf "$PART-001.zip" -C in
	listed 0
	has "$(cat said)" "folder Takeout beside the archives is not read"
	has "$(cat said)" "list takeout:$PWD/in/Takeout too"
	rm "$PART-001.zip"
	listed 1
	has "$(cat said)" "folder Takeout beside the archives is not read"
}

@test "takeout parts: renamed archives beside folders are said, and are listed by their names" {
	three zip
	mv "$PART-001.zip" in/first.zip
	rm "$PART"*
	mkdir in/holiday
	echo photo >in/holiday/a.jpg
	run -2 --separate-stderr gp-list "takeout:$PWD/in"
	has "$stderr" "archive first.zip beside folders is not read"
	has "$stderr" "list takeout:$PWD/in/first.zip too"
	run -0 --separate-stderr gp-list "takeout:$PWD/in/first.zip"
	[ -n "$output" ]
}

@test "takeout parts: a part that is still arriving is left for the next run, however it is called" {
	for name in 002.zip.part 002.zip.crdownload 002.zip.1a2b3c4d.partial 002.zip.download; do
		rm -rf in
		three zip
		mv "$PART-002.zip" "$PART-$name"
		listed 0
		same "IMG_1.jpg" "$(names)"
		has "$(cat said)" "takeout-20260301T040000Z-$name: it is still arriving; left for the next run"
	done
}

@test "takeout parts: the last part's arriving makes no photo of the others wait that has a sidecar" {
	three zip
	mv "$PART-003.zip" "$PART-003.zip.part"
	listed 0
	same "IMG_1.jpg IMG_2.jpg" "$(names)"
}

@test "takeout parts: a file's young age means nothing" {
	three zip
	touch "$PART"*
	listed 0
	same "IMG_1.jpg IMG_2.jpg IMG_3.jpg IMG_4.jpg" "$(names)"
}

@test "takeout parts: a part that grows while it is read is left for the next run" {
	three zip
	head -c 300 "$PART-003.zip" >short
	cp "$PART-003.zip" whole
	mv short "$PART-003.zip"
	growing "$PART-003.zip"
	same "IMG_1.jpg IMG_2.jpg" "$(names)"
	has "$(cat said)" "takeout-20260301T040000Z-003.zip: it changed while it was read; left for the next run"
	mv whole "$PART-003.zip"
	listed 0
	same "IMG_1.jpg IMG_2.jpg IMG_3.jpg IMG_4.jpg" "$(names)"
}

@test "takeout parts: a zip that was cut is named, exit 1; what lies before the cut is listed" {
	three zip
	head -c 300 "$PART-001.zip" >short
	mv short "$PART-001.zip"
	listed 1
	same "IMG_1.jpg IMG_2.jpg IMG_3.jpg IMG_4.jpg" "$(names)"
	same "takeout:takeout-20260301T040000Z/takeout-20260301T040000Z-001.zip/Takeout/Google Photos/Ezra/IMG_1.jpg.json bad-content
takeout:takeout-20260301T040000Z/takeout-20260301T040000Z-001.zip bad-content" "$(errors)"
	has "$(cat said)" "takeout-20260301T040000Z-001.zip of takeout-20260301T040000Z: it is cut off; 2 members before that are listed, but can't be vouched for: download it again"
	# the next run says the same
	errors >before
	listed 1
	same "$(cat before)" "$(errors)"
	# its end alone, and the directory there
	three zip
	truncate -s -10 "$PART-001.zip"
	listed 1
	same "IMG_1.jpg IMG_2.jpg IMG_3.jpg IMG_4.jpg" "$(names)"
	has "$(cat said)" "the directory at its end is missing or damaged; 3 members before that are listed, but can't be vouched for"
	# nothing at all
	head -c 20 "$PART-002.zip" >short
	mv short "$PART-002.zip"
	listed 1
	same "IMG_1.jpg IMG_3.jpg IMG_4.jpg" "$(names)"
}

@test "takeout parts: of a zip that was cut, packed or not, sizes before or behind, all is stored that is whole" {
	mkdir in
	python3 - <<-'END'
		import random, zipfile
		class Pipe: # no going back: sizes are written behind the bytes
		    def __init__(self, f): self.f = f
		    def write(self, data): return self.f.write(data)
		    def flush(self): self.f.flush()
		for number, pack in ((1, zipfile.ZIP_DEFLATED), (2, zipfile.ZIP_STORED), (3, zipfile.ZIP_DEFLATED)):
		    with open("in/takeout-20260301T040000Z-00%d.zip" % number, "wb") as f:
		        with zipfile.ZipFile(Pipe(f) if number == 3 else f, "w", pack) as z:
		            for i in range(4):
		                z.writestr("Takeout/Google Photos/Ezra/%d-%d.jpg" % (number, i),
		                    b"\xff\xd8\xff\xe0" + random.Random(i + 9 * number).randbytes(50000) + bytes(50000))
	END
	cp -r in whole
	gp-list takeout:in | jq -r .id | sort >all
	archive_new
	for part in in/*; do truncate -s $(($(stat -c %s "$part") * 7 / 10)) "$part"; done
	listed 1
	same "1-0.jpg 1-1.jpg 2-0.jpg 2-1.jpg 3-0.jpg 3-1.jpg" "$(names)"
	# the items are those of the whole parts
	same "" "$(jq -r 'select(has("error") | not) | .id' list | sort | comm -23 - all)"
	run -1 --separate-stderr bash -o pipefail -c 'gp-index --new <list | gp-fetch | gp-hash | gp-index --record'
	same 6 "$(gp-index --stats | jq .files)"
	# and once they are here, the others come, and nothing twice
	cp whole/* in/
	run -0 --separate-stderr bash -o pipefail -c 'gp-list takeout:in | gp-index --new | gp-fetch |
		gp-hash | gp-index --record'
	same 6 "$(wc -l <<<"$output")"
	same 12 "$(gp-index --stats | jq .files)"
	gp-index --check
}

@test "takeout parts: a tgz that grows is left for the next run" {
	three tgz
	cp "$PART-003.tgz" whole
	truncate -s -40 "$PART-003.tgz"
	growing "$PART-003.tgz"
	has "$(cat said)" "takeout-20260301T040000Z-003.tgz: it changed while it was read; left for the next run"
	mv whole "$PART-003.tgz"
	listed 0
	same "IMG_1.jpg IMG_2.jpg IMG_3.jpg IMG_4.jpg" "$(names)"
}

@test "takeout parts: of a tgz that was cut all is listed that lies before the cut, with their number" {
	{
		for ((i = 10; i < 40; i++)); do
			noise "random-$i" 30000 >"random$i"
			echo "1 Ezra/IMG_$i.jpg = @random$i"
			echo "1 Ezra/IMG_$i.jpg.json = photo IMG_$i.jpg 1577836800 A$i"
		done
	} >spec
	parts tgz <spec
	size=$(stat -c %s "$PART-001.tgz")
	truncate -s $((size / 2)) "$PART-001.tgz"
	listed 1
	count=$(names | wc -w)
	[ "$count" -ge 13 ]
	[ "$count" -le 15 ]
	has "$(errors)" "takeout:takeout-20260301T040000Z/takeout-20260301T040000Z-001.tgz bad-content"
	good=$(grep -oE '[0-9]+ members before that are listed, but can.t be vouched for' said | grep -oE '^[0-9]+')
	[ "$good" -ge $((2 * count)) ]
	[ "$good" -le $((2 * count + 1)) ]
	cp list first
	listed 1 # from the listing that was kept
	same "$(cat first)" "$(cat list)"
}

@test "takeout parts: what is no zip and no tar is said, exit 1" {
	three zip
	echo "<html>Sign in</html>" >"$PART-002.zip"
	listed 1
	has "$(cat said)" "takeout-20260301T040000Z-002.zip"
	same "IMG_1.jpg IMG_3.jpg IMG_4.jpg" "$(names)"
}

@test "takeout parts: a sidecar whose bytes are damaged is said; its photo is listed" {
	parts zip <<-'END'
		1 Ezra/IMG_1.jpg = one
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 AAAAAA
	END
	sed -i 's/AAAAAA/AAABAA/' "$PART-001.zip"
	listed 1
	same "IMG_1.jpg" "$(names)"
	has "$(errors)" "IMG_1.jpg.json bad-content"
	same "2 = 1 + 0 + 0 + 0 + 1" "$(balance)"
}

@test "takeout parts: the name's second form, a browser's second download, other zips" {
	parts zip 20250921T1994402Z-3 <<-'END'
		1 Ezra/IMG_1.jpg = one
		2 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
	END
	cp "in/takeout-20250921T1994402Z-3-002.zip" "in/takeout-20250921T1994402Z-3-002 (1).zip"
	parts . other here <<-'END'
		1 Zoo/IMG_2.jpg = two
	END
	parts zip x other <<-'END'
		1 Zoo/IMG_2.jpg = two
	END
	mv other/*.zip "in/photos from mum.zip"
	listed 0
	same "IMG_1.jpg IMG_2.jpg" "$(names)"
	has "$(cat said)" "takeout-20250921T1994402Z: 3 members = 1 listed + 0 repeats + 2 sidecars"
	has "$(cat said)" "photos from mum: 1 members = 1 listed"
}

@test "takeout parts: exports are read oldest first, by the time in their names" {
	parts zip 20260501T040000Z <<<'1 Ezra/c.jpg = c'
	parts zip 20251101T040000Z <<<'1 Ezra/a.jpg = a'
	parts zip 20260101T040000Z <<<'1 Ezra/b.jpg = b'
	touch -d '2020-01-01' in/takeout-20260501*
	listed 0
	same "a.jpg b.jpg c.jpg" "$(jq -r .filename list | xargs)"
}

@test "takeout parts: one part alone is listed as it is, and misses none" {
	three zip
	run -0 --separate-stderr gp-list "takeout:$PART-003.zip"
	same "IMG_3.jpg IMG_4.jpg" "$(jq -r .filename <<<"$output" | sort | xargs)"
}

@test "takeout parts: links and devices are left out and said" {
	python3 - <<-'END'
		import io, os, tarfile
		os.makedirs("in")
		with tarfile.open("in/takeout-20260301T040000Z-001.tgz", "w:gz") as tar:
		    def add(name, kind, link=""):
		        info = tarfile.TarInfo("Takeout/Google Photos/Ezra/" + name)
		        info.type, info.linkname = kind, link
		        info.size = 3 if kind == tarfile.REGTYPE else 0
		        tar.addfile(info, io.BytesIO(b"one"))
		    add("", tarfile.DIRTYPE)
		    add("IMG_1.jpg", tarfile.REGTYPE)
		    add("passwd.jpg", tarfile.SYMTYPE, "/etc/passwd")
		    add("shadow.jpg", tarfile.LNKTYPE, "../../../etc/shadow")
		    add("sda.jpg", tarfile.BLKTYPE)
		    add("pipe.jpg", tarfile.FIFOTYPE)
	END
	listed 0
	same "IMG_1.jpg" "$(names)"
	same "5 = 1 + 0 + 0 + 0 + 4" "$(balance)"
	has "$(cat said)" "(2 links, 2 of other kinds)"
	has "$(cat said)" "passwd.jpg: left out: a link"
}

@test "takeout parts: a photo whose mode in a zip is not a file's is a photo" {
	python3 - <<-'END'
		import os, stat, zipfile
		os.makedirs("in")
		with zipfile.ZipFile("in/takeout-20260301T040000Z-001.zip", "w") as out:
		    for name, kind, data in (
		            ("IMG_1.jpg", stat.S_IFREG, b"one"), ("IMG_2.jpg", stat.S_IFLNK, b"two" * 2000),
		            ("IMG_3.jpg", stat.S_IFDIR, b"three"), ("IMG_4.jpg", stat.S_IFCHR, b"four"),
		            ("IMG_5.jpg", stat.S_IFLNK, b"/etc/passwd"), ("IMG_6.jpg", stat.S_IFIFO, b"")):
		        info = zipfile.ZipInfo("Takeout/Google Photos/Ezra/" + name)
		        info.create_system = 3
		        info.external_attr = (kind | 0o644) << 16
		        out.writestr(info, b"\xff\xd8\xff\xe0" + data if data[:1] not in (b"", b"/") else data)
	END
	listed 0
	same "IMG_1.jpg IMG_2.jpg IMG_3.jpg IMG_4.jpg" "$(names)"
	same "6 = 4 + 0 + 0 + 0 + 2" "$(balance)"
	has "$(cat said)" "IMG_5.jpg: left out: a link"
	has "$(cat said)" "IMG_6.jpg: left out: no regular file"
	gp-fetch <list >fetched
	same 4 "$(jq -s 'map(select(.size > 0)) | length' fetched)"
}

@test "takeout parts: what a computer leaves beside exports is none" {
	mkdir -p in/@eaDir in/.hidden in/#recycle
	touch in/@eaDir/IMG_1.jpg in/.hidden/IMG_1.jpg in/#recycle/old.jpg in/.DS_Store in/Thumbs.db in/._x
	for alone in @eaDir .hidden '#recycle' .DS_Store Thumbs.db ._x; do
		rm -rf alone
		mkdir alone
		cp -r "in/$alone" alone/
		run -2 --separate-stderr gp-list takeout:alone
		same "" "$output" "$alone"
		has "$stderr" "nothing"
	done
	run -2 --separate-stderr gp-list takeout:in
	same "" "$output"
	# nor is the folder unpacked because one of them lies there
	three zip
	for number in 1 2 3; do mv "$PART-00$number.zip" "in/photos-00$number.zip"; done
	listed 0
	same "IMG_1.jpg IMG_2.jpg IMG_3.jpg IMG_4.jpg" "$(names)"
	same "8 = 4 + 0 + 3 + 1 + 0" "$(balance)"
}

@test "takeout parts: what a computer adds to an unpacked tree is left out, and said" {
	three tree
	mkdir -p "in/@eaDir" "in/Takeout/Google Photos/Ezra/@eaDir/IMG_1.jpg"
	touch in/.DS_Store "in/Takeout/Google Photos/Ezra/Thumbs.db" \
		"in/Takeout/Google Photos/Ezra/._IMG_1.jpg" \
		"in/Takeout/Google Photos/Ezra/@eaDir/IMG_1.jpg/SYNOPHOTO_THUMB_M.jpg"
	echo photo >"in/Takeout/Google Photos/Ezra/.IMG_5.jpg"
	listed 0
	same ".IMG_5.jpg IMG_1.jpg IMG_2.jpg IMG_3.jpg IMG_4.jpg" "$(names)"
	same "13 = 5 + 0 + 3 + 1 + 4" "$(balance)"
	has "$(cat said)" "4 added by a computer"
}

@test "takeout parts: a folder that breaks off in the middle is no whole tree" {
	local n whole=0 folder wanted
	three tree
	folder=$(dirname "$(find "$PWD/in" -name IMG_1.jpg)")
	# more names than the kernel gives at once
	(cd "$folder" && touch "$(printf 'x%.0s' {1..200})"-{100..299}.txt)
	listed 0
	wanted=$(names)
	for n in 1 2 3 4 5; do
		rm -rf "$GP_ARCHIVE/.gp/listings"
		if ASAN_OPTIONS=$NO_LEAKS strace -f -o /dev/null -P "$folder" -e trace=getdents64 \
			-e inject="getdents64:error=EIO:when=$n" gp-list takeout:in >list 2>said; then
			same "$wanted" "$(names)"
			whole=$((whole + 1))
		else
			same "bad-content" "$(jq -r '.error.code // empty' list)"
			grep -q 'not all of it could be read\|Input/output error' said
		fi
	done
	[ "$whole" -lt 5 ] || fail "no error came"
	# a sector that is bad ends each reading at the same place: here the second of two
	rm -rf "$GP_ARCHIVE/.gp/listings"
	ASAN_OPTIONS=$NO_LEAKS run -1 --separate-stderr strace -f -o /dev/null -P "$folder" \
		-e trace=getdents64 -e inject=getdents64:error=EIO:when=2+2 gp-list takeout:in
	has "$stderr" 'Input/output error'
	# the folder of the parts itself
	ASAN_OPTIONS=$NO_LEAKS run -2 --separate-stderr strace -f -o /dev/null -P "$PWD/in" \
		-e trace=getdents64 -e inject=getdents64:error=EIO:when=2 gp-list takeout:in
	has "$stderr" 'Input/output error'
}

@test "takeout parts: a folder of a tree that can't be read is named, and the rest is walked" {
	local root
	parts tree x <<-'END'
		1 Aa/IMG_1.jpg = one
		1 Bb/IMG_2.jpg = two
		1 Cc/IMG_3.jpg = three
		1 Dd/IMG_4.jpg = four
	END
	root=$(dirname "$(dirname "$(find "$PWD/in" -name IMG_1.jpg)")")
	ASAN_OPTIONS=$NO_LEAKS run -1 --separate-stderr strace -f -qq -o /dev/null -P "$root/Bb" -P "$root/Dd" \
		-e trace=openat,open -e inject=openat,open:error=EACCES gp-list takeout:in
	same "IMG_1.jpg IMG_3.jpg" "$(jq -r 'select(.error == null) | .filename' <<<"$output" | sort | xargs)"
	same bad-content "$(jq -r '.error.code // empty' <<<"$output")"
	has "$stderr" "Bb: Permission denied, and 1 more"
}

@test "takeout parts: what can't be looked at beside the parts is named, and they are listed" {
	parts zip x <<<'1 Ezra/IMG_1.jpg = one'
	ln -s loop-001.zip in/loop-001.zip
	run -1 --separate-stderr gp-list takeout:in
	same IMG_1.jpg "$(jq -r .filename <<<"$output")"
	has "$stderr" "takeout:$PWD/in/loop-001.zip: Too many levels of symbolic links; the rest is listed"
	# where nothing else is there, that is no empty folder
	mkdir alone
	ln -s loop-001.zip alone/loop-001.zip
	run -2 --separate-stderr gp-list --allow-empty takeout:alone
	has "$stderr" "Too many levels of symbolic links"
}

@test "takeout parts: a tree's links are not followed" {
	parts tree x <<<'1 Ezra/IMG_1.jpg = one'
	echo secret >secret.jpg
	ln -s ../../../../secret.jpg "in/Takeout/Google Photos/Ezra/link.jpg"
	ln -s / "in/Takeout/Google Photos/Ezra/root"
	listed 0
	same "IMG_1.jpg" "$(names)"
	same "3 = 1 + 0 + 0 + 0 + 2" "$(balance)"
}

@test "takeout parts: a gigabyte of sidecar costs neither memory nor the photo" {
	mkdir in
	python3 - <<-'END'
		import zipfile
		with zipfile.ZipFile("in/takeout-20260301T040000Z-001.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
		    out.writestr("Takeout/Google Photos/Ezra/IMG_1.jpg", "one")
		    with out.open("Takeout/Google Photos/Ezra/IMG_1.jpg.json", "w", force_zip64=True) as f:
		        f.write(b'{"title":"')
		        for i in range(256):
		            f.write(b"a" * 4194304)
		        f.write(b'"}')
		    out.writestr("Takeout/Google Photos/Ezra/deep.jpg.json", '{"a":' * 100000 + "1" + "}" * 100000)
		    out.writestr("Takeout/Google Photos/Ezra/wide.jpg", "two")
		    out.writestr("Takeout/Google Photos/Ezra/wide.jpg.json",
		        '{"title":"wide.jpg","url":"u","description":"' + "d" * 1000000 + '"}')
	END
	listed 0
	same "IMG_1.jpg wide.jpg" "$(names)"
	has "$(cat said)" "IMG_1.jpg.json: left out: too big for a sidecar"
	has "$(cat said)" "deep.jpg.json: left out: this is no JSON"
	has "$(cat said)" "wide.jpg: its metadata is too long for a record (976 KiB); left out"
}

@test "takeout parts: names that are not UTF-8, empty, or full of slashes are listed as good as can be" {
	python3 - <<-'END'
		import io, os, tarfile
		os.makedirs("in")
		with tarfile.open("in/takeout-20260301T040000Z-001.tgz", "w:gz", errors="surrogateescape") as tar:
		    for name in (b"Ezra/caf\xe9.jpg", b"Ezra//double.jpg", b"./Ezra/dot.jpg", b"Ezra/new\nline.jpg"):
		        info = tarfile.TarInfo(name.decode("utf-8", "surrogateescape"))
		        info.size = 3
		        tar.addfile(info, io.BytesIO(b"one"))
	END
	listed 0
	same 4 "$(jq -c .filename list | wc -l)"
	same 4 "$(jq -r .album.title list | grep -c Ezra)"
	same "4 = 4 + 0 + 0 + 0 + 0" "$(balance)"
}

@test "takeout parts: the same member twice in one part is listed once or twice, never lost" {
	mkdir in
	python3 - 2>/dev/null <<-'END'
		import zipfile
		with zipfile.ZipFile("in/takeout-20260301T040000Z-001.zip", "w") as out:
		    out.writestr("Ezra/IMG_1.jpg", "one")
		    out.writestr("Ezra/IMG_1.jpg", "one")
		    out.writestr("Ezra/IMG_1.jpg", "two")
	END
	listed 0
	same "3 = 2 + 1 + 0 + 0 + 0" "$(balance)"
}

@test "takeout parts: two at once say the same, and a killed one leaves nothing in the way" {
	{
		noise random-0 20000000 >random
		echo "1 Ezra/IMG_1.jpg = @random"
		echo "1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A"
	} >spec
	parts tgz <spec
	gp-list takeout:in >one 2>/dev/null 3>&- &
	gp-list takeout:in >two 2>/dev/null
	wait $!
	same "$(cat one)" "$(cat two)"
	same 1 "$(wc -l <one)"
	rm "$GP_ARCHIVE/.gp/listings/"*.list
	export ASAN_OPTIONS=$NO_LEAKS # it and strace don't go together
	for call in openat write pwrite64 renameat unlinkat; do
		for n in $(rounds "1 5 20" "1 2 5 10 20 40"); do
			rm -f "$GP_ARCHIVE/.gp/listings/"*.list
			killed_at "$call" "$n" gp-list takeout:in >/dev/null 2>&1
			listed 0
			same "$(cat one)" "$(cat list)" "killed at $call $n"
			same "" "$(find "$GP_ARCHIVE/.gp/listings" -name 'scratch*' -o -name '*.gp-new*')"
		done
	done
	[ "$struck" -gt 5 ] || fail "$struck were killed"
}

@test "takeout parts: what a killed gp-list left of its scratch database goes at the next" {
	local call n killed=0
	three zip
	export ASAN_OPTIONS=$NO_LEAKS # it and strace don't go together
	for call in openat unlink unlinkat; do
		for n in $([ "$call" = openat ] && seq 4 "$(rounds 9 3)" 40 || seq 1 "$(rounds 2 6)"); do
			killed_at "$call" "$n" gp-list takeout:in >/dev/null 2>&1
			! find "$GP_ARCHIVE/.gp/listings" -name 'scratch*' | grep -q . || killed=$((killed + 1))
			listed 0
			same "" "$(find "$GP_ARCHIVE/.gp/listings" -name 'scratch*' -o -name '*.gp-new*')" "killed at $call $n"
		done
	done
	[ "$killed" -gt 0 ] || fail "none was killed in time"
}

@test "takeout parts: what a killed gp-list left in TMPDIR, where there is no archive, goes at the next" {
	three zip
	export ASAN_OPTIONS=$NO_LEAKS # it and strace don't go together
	export GP_ARCHIVE=$PWD/none
	gp-list --albums takeout:in >one
	same "" "$(ls -A "$TMPDIR")"
	mkdir "$TMPDIR/gp-list.of-one-at-work"
	exec {held}<"$TMPDIR/gp-list.of-one-at-work"
	flock "$held"
	for n in 1 2 3; do
		killed_at mkdirat "$n" gp-list --albums takeout:in >list 2>&1
		left=$((${left:-0} + $(ls -A "$TMPDIR" | wc -l) - 1))
		gp-list --albums takeout:in >list
		same "$(cat one)" "$(cat list)"
		same gp-list.of-one-at-work "$(ls -A "$TMPDIR")"
	done
	[ "$left" -gt 0 ] || fail "nothing was ever left"
}

@test "takeout parts: several parts are read at once, each once; whoever reads them dies with gp-list" {
	for n in 1 2 3; do
		noise "random-$n" 100000 >"random$n"
		echo "$n Ezra/IMG_$n.jpg = @random$n"
		echo "$((n % 3 + 1)) Ezra/IMG_$n.jpg.json = photo IMG_$n.jpg 1577836800 A$n"
	done >spec
	parts tgz <spec
	ASAN_OPTIONS=$NO_LEAKS strace -f -e trace=openat -o trace gp-list takeout:in >list 2>said
	same "IMG_1.jpg IMG_2.jpg IMG_3.jpg" "$(names)"
	same "6 = 3 + 0 + 3 + 0 + 0" "$(balance)"
	same 3 "$(sed -nE 's/^([0-9]+) .*-00[123]\.tgz".*/\1/p' trace | sort -u | wc -l)"
	# damage is said once; who meets it waits a second, for the part may grow (it is of
	# a machine whose clock is ahead). There it is stopped, so that it can't end by itself
	truncate -s 50000 "$PART-002.tgz" "$PART-003.tgz"
	touch -d "$(date -d '2 days' '+%F %T')" "$PART-002.tgz" "$PART-003.tgz"
	ASAN_OPTIONS=$NO_LEAKS timeout "$PATIENCE" strace -qq -f -o trace -e trace=nanosleep,clock_nanosleep \
		-e inject=nanosleep,clock_nanosleep:signal=STOP gp-list takeout:in >/dev/null 2>&1 3>&- &
	pid=$!
	wait_for grep -q 'stopped by SIGSTOP' trace
	reader=$(sed -n 's/^\([0-9]*\) .*stopped by SIGSTOP.*/\1/p' trace | head -n 1)
	kill -9 "$(ps -o ppid= -p "$reader" | tr -d ' ')"
	# the tracer ends when all of them have
	status=0
	wait "$pid" || status=$?
	same 137 "$status"
	listed 1
	same 1 "$(grep -c 'takeout-20260301T040000Z-002.tgz of .*: it is cut off' said)"
	same "IMG_1.jpg" "$(names)"
	same "" "$(find "$GP_ARCHIVE/.gp/listings" -name 'scratch*' -o -name '*.gp-new*')"
}

@test "takeout parts: a listing that was tampered with or cut is not believed" {
	three zip
	listed 0
	cp list first
	file=$GP_ARCHIVE/.gp/listings/takeout-20260301T040000Z-001.zip.list
	head -n 2 "$file" >short
	cp short "$file"
	listed 0
	same "$(cat first)" "$(cat list)"
	sed -i '1s/size/sise/' "$file"
	listed 0
	same "$(cat first)" "$(cat list)"
	sed -i '3s/.*/{"n":/' "$file"
	listed 0
	same "$(cat first)" "$(cat list)"
}

@test "takeout parts: of a tree only what has changed is read again" {
	parts tree x <<-'END'
		1 Ezra/metadata.json = album Ezra
		1 Ezra/a-b.jpg = one
		1 Ezra/a/c.jpg = two
		1 Ezra/a.jpg = three
		1 Ezra/a.jpg.json = photo a.jpg 1577836800 A
		1 Ezra/z.jpg = four
	END
	find in -type f -exec touch -d '2001-01-01' {} +
	listed 0
	cp list first
	ASAN_OPTIONS=$NO_LEAKS strace -f -e trace=openat -o trace gp-list takeout:in >list 2>said
	same "$(cat first)" "$(cat list)"
	has_not "$(cat trace)" ".jpg"
	echo changed >"in/Takeout/Google Photos/Ezra/a.jpg"
	echo new >"in/Takeout/Google Photos/Ezra/b.jpg"
	rm "in/Takeout/Google Photos/Ezra/z.jpg"
	ASAN_OPTIONS=$NO_LEAKS strace -f -e trace=openat -o trace gp-list takeout:in >list 2>said
	same "a-b.jpg a.jpg b.jpg c.jpg" "$(names)"
	same "a.jpg b.jpg" "$(grep -oE '[a-z-]+\.jpg"' trace | tr -d '"' | sort -u | xargs)"
	same 4 "$(jq -r .id first list | sort | uniq -c | grep -c ' 1 ')"
}

@test "takeout parts: sources are never written to" {
	three zip
	parts tree x tree <<<'1 Ezra/IMG_1.jpg = one'
	find in tree -printf '%p %i %s %T@ %C@\n' | sort >before
	listed 0
	gp-list takeout:tree >/dev/null 2>&1
	same "$(cat before)" "$(find in tree -printf '%p %i %s %T@ %C@\n' | sort)"
}

@test "takeout parts: exports on a read-only disk are listed and stored, and nothing there is opened for writing" {
	local kind n
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount a folder read-only"
	for n in 1 2 3; do printf '\377\330\377\340 photo %s' "$n" >"p$n.jpg"; done
	for kind in zip tgz tree; do
		parts "$kind" 20260301T040000Z "ro/$kind" <<-'END'
			1 Ezra/metadata.json = album Ezra
			1 Ezra/IMG_1.jpg = @p1.jpg
			1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
			2 Ezra/IMG_2.jpg = @p2.jpg
			2 Photos from 2020/IMG_3.jpg = @p3.jpg
			2 Photos from 2020/IMG_3.jpg.json = photo IMG_3.jpg 1577836800 C
		END
	done
	mount --bind ro ro || skip "needs the right to mount"
	mount -o remount,bind,ro ro || { umount ro; skip "needs the right to mount"; }
	for kind in zip tgz tree; do
		archive_new
		[ ! -w "ro/$kind" ] || fail "ro is not read-only"
		ASAN_OPTIONS=$NO_LEAKS strace -f -e trace=open,openat,creat,truncate,unlink,unlinkat,mkdir,mkdirat,rename,renameat,renameat2 \
			-o trace.list gp-list "takeout:ro/$kind" >list 2>said
		gp-index --new <list | ASAN_OPTIONS=$NO_LEAKS strace -f -e trace=open,openat,creat -o trace.fetch gp-fetch |
			gp-hash | gp-index --record >stored
		same "IMG_1.jpg IMG_2.jpg IMG_3.jpg" "$(gp-index --export | jq -r .filename | sort | xargs)" "$kind"
		same 3 "$(find "$GP_ARCHIVE" -name 'IMG_?.jpg' -type f | wc -l)" "$kind"
		grep -q "$PWD/ro/$kind.*O_RDONLY" trace.list
		grep -q "ro/$kind.*O_RDONLY" trace.fetch
		same "" "$(grep "ro/$kind" trace.list trace.fetch | grep -v O_RDONLY)" "$kind"
	done
	umount ro
}

@test "takeout: a kept listing that lost a line, or has another, is not believed" {
	for n in 1 2 3; do
		printf '\377\330\377\340 photo %s' "$n" >"p$n.jpg"
		echo "1 Ezra/IMG_$n.jpg = @p$n.jpg"
	done | python3 "$TESTS/takeout-parts.py" zip drive 20260301T040000Z
	run -0 --separate-stderr gp-list takeout:drive
	whole=$output
	file=$GP_ARCHIVE/.gp/listings/takeout-20260301T040000Z-001.zip.list
	for change in '/IMG_2/d' 's/IMG_2/IMG_9/' '$d'; do
		sed -i "$change" "$file"
		run -0 --separate-stderr gp-list takeout:drive
		same "$whole" "$output" "after $change"
	done
}
