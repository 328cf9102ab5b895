#!/usr/bin/env bats
# gp-index: a copy from Google's APIs gives way to the original of the photo,
# and never to anything that might be another photo.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper
load index

setup() {
	index_setup
}

# copy ID FILENAME CONTENT [JQ]: as the picker brings it
copy() {
	staged "$1" "$2" "$3" '. + {source: "picker", account: "default", original: "no",
		creationTime: "2024-05-01T10:20:30.417Z", mimeType: "image/jpeg"} | '"${4:-.}"
}

# original ID FILENAME CONTENT [JQ]: as Takeout brings it
original() {
	staged "$1" "$2" "$3" '. + {source: "takeout", original: "yes",
		creationTime: "2024-05-01T10:20:30Z", mimeType: "image/heif"} | '"${4:-.}"
}

record() {
	gp-index --record >>stored.ndjson
}

# damaged ID FILENAME CONTENT [JQ]: as Takeout brings it in a part that is damaged
damaged() {
	original "$1" "$2" "$3" '.original = "unknown" | '"${4:-.}"
}

# superseded: "COPY<ORIGINAL" for each, by file names in the archive
superseded() {
	sql "SELECT group_concat(p, ' ') FROM (SELECT replace(c.path, '$folder/', '') || '<' ||
		replace(o.path, '$folder/', '') AS p FROM file c JOIN file o ON o.sha256 = c.superseded_by ORDER BY 1)"
}

@test "a picker copy gives way to the original of the same photo, whichever comes first" {
	copy c1 IMG_1.jpg rendered | record
	same "" "$(superseded)"
	original o1 img_1.HEIC bytes | record
	same "IMG_1.jpg<img_1.HEIC" "$(superseded)"
	gp-index --check
	archive_new
	mkdir -p "$staging"
	original o1 img_1.HEIC bytes | record
	copy c1 IMG_1.jpg rendered | record
	same "IMG_1.jpg<img_1.HEIC" "$(superseded)"
	gp-index --check
}

@test "both in one batch; a name composed or decomposed is one name" {
	{
		copy c1 $'e\u0301te\u0301.jpg' rendered
		original o1 $'\u00c9T\u00c9.HEIC' bytes
	} | record
	same 1 "$(sql 'SELECT count(*) FROM file WHERE superseded_by IS NOT NULL')"
}

@test "a copy from each door gives way to one original" {
	{
		copy c1 IMG_1.jpg one
		copy c2 IMG_1.HEIC two '.source = "library" | .album.id = "AF1Qip"'
		original o1 IMG_1.HEIC bytes
	} | record
	same "IMG_1.HEIC<IMG_1-1.HEIC IMG_1.jpg<IMG_1-1.HEIC" "$(superseded)"
	gp-index --check
}

@test "another second, name, album, kind: another photo" {
	{
		original o1 IMG_1.HEIC bytes
		copy c1 IMG_1.jpg second '.creationTime = "2024-05-01T10:20:31Z"'
		copy c2 IMG_10.jpg name
		copy c3 IMG_1.jpg album '.album = {id: "Zoo", title: "Zoo"}'
		copy c4 IMG_1.mp4 kind '.mimeType = "video/mp4"'
		copy c5 IMG_1.jpg noalbum 'del(.album)'
		copy c6 IMG_1.jpg notime 'del(.creationTime)'
		copy c7 IMG_1.jpg noname 'del(.filename)'
	} | record
	same "" "$(superseded)"
	gp-index --check
}

@test "before 1970 a fraction does not lead to another second" {
	original o1 old.tif bytes '.creationTime = "1960-01-01T00:00:00Z"' | record
	copy c1 old.jpg one '.creationTime = "1960-01-01T00:00:00.9Z"' | record
	same "old.jpg<old.tif" "$(superseded)"
}

@test "photo and video of one live photo each have their own copy" {
	{
		original o1 IMG_1.HEIC photo
		original o2 IMG_1.MP4 video '.mimeType = "video/quicktime"'
		copy c1 IMG_1.jpg rendered
	} | record
	same "IMG_1.jpg<IMG_1.HEIC" "$(superseded)"
	copy c2 IMG_1.mp4 transcoded '.mimeType = "video/mp4"' | record
	same "IMG_1-1.mp4<IMG_1.MP4 IMG_1.jpg<IMG_1.HEIC" "$(superseded)"
}

@test "a burst: two copies from one sign-in, or two originals, and none gives way" {
	original o1 IMG_1.HEIC bytes | record
	{ copy c1 IMG_1.jpg one; copy c2 IMG_1.jpg two; } | record
	same "" "$(superseded)"
	original p1 IMG_2.HEIC Pbytes1 | record
	copy d1 IMG_2.jpg rendered | record
	same "IMG_2.jpg<IMG_2.HEIC" "$(superseded)"
	# what was clear becomes doubtful
	original p2 IMG_2.DNG Pbytes2 | record
	same "" "$(superseded)"
	gp-index --check
}

@test "a second copy that comes later takes the mark away: it might be of a photo not exported yet" {
	original o1 IMG_1.HEIC bytes | record
	copy c1 IMG_1.jpg one | record
	same "IMG_1.jpg<IMG_1.HEIC" "$(superseded)"
	copy c2 IMG_1.jpg two | record
	same "" "$(superseded)"
	same 3 "$(gp-index --export --unpacked | wc -l)"
}

@test "an original that was seen and is not stored is a doubt until it is" {
	original o1 IMG_1.HEIC bytes | record
	copy c1 IMG_1.jpg one | record
	original o2 IMG_1.DNG raw >raw.ndjson
	# listed twice, so that its album is noted, and it failed to come down
	cat raw.ndjson raw.ndjson | gp-index --new >/dev/null
	same "" "$(superseded)"
}

@test "bytes that also came from elsewhere are no mere copy" {
	copy c1 IMG_1.jpg same | record
	staged d1 IMG_1.jpg same '.original = "unknown"' | record
	original o1 IMG_1.HEIC bytes | record
	same "" "$(superseded)"
	# and the other way round: the mark goes when they come
	original o2 IMG_2.HEIC bytes2 | record
	copy c2 IMG_2.jpg same2 | record
	same "IMG_2.jpg<IMG_2.HEIC" "$(superseded)"
	staged d2 other.jpg same2 'del(.album)' | record
	same "" "$(superseded)"
	gp-index --check
}

@test "what Takeout brings with the copy's very bytes is an original" {
	copy c1 IMG_1.png same | record
	original o1 IMG_1.png same | record
	same "" "$(superseded)"
	same yes "$(sql 'SELECT original FROM file')"
	gp-index --check
}

@test "what a damaged part brought of a photo in no album gives way to the good copy, whichever comes first" {
	local alone='del(.album)'
	damaged o1 IMG_1.HEIC rotten "$alone" | record
	original g1 IMG_1.HEIC bytes "$alone" | record
	same "IMG_1.HEIC<IMG_1-1.HEIC" "$(superseded | sed "s|photos-$quarter/||g")"
	gp-index --check
	archive_new
	mkdir -p "$staging"
	original g1 IMG_1.HEIC bytes "$alone" | record
	damaged o1 IMG_1.HEIC rotten "$alone" | record
	same "IMG_1-1.HEIC<IMG_1.HEIC" "$(superseded | sed "s|photos-$quarter/||g")"
	gp-index --check
}

@test "of photos in no album a raw one beside a JPEG, one in an album and a copy from the APIs stay" {
	local alone='del(.album)'
	{
		original g1 IMG_1.DNG bytes "$alone | .mimeType = \"image/x-adobe-dng\""
		damaged o1 IMG_1.JPG jpeg "$alone | .mimeType = \"image/jpeg\""
		damaged o2 IMG_1.DNG album '.mimeType = "image/x-adobe-dng"'
		damaged o3 IMG_1.DNG second "$alone | .mimeType = \"image/x-adobe-dng\" | .creationTime = \"2024-05-01T10:20:31Z\""
		copy c1 IMG_1.DNG api "$alone | .mimeType = \"image/x-adobe-dng\""
	} | record
	same "" "$(superseded)"
	gp-index --check
}

@test "what a damaged part of an export brought gives way to the good copy of the photo, whichever comes first" {
	damaged o1 IMG_1.HEIC rotten | record
	damaged o2 IMG_2.HEIC rotten2 | record
	same "" "$(superseded)"
	original g1 IMG_1.HEIC bytes | record
	same "IMG_1.HEIC<IMG_1-1.HEIC" "$(superseded)"
	gp-index --check
	same "yes" "$(gp-index --export --unpacked | jq -r 'select(.filename == "IMG_1.HEIC").original')"
	archive_new
	mkdir -p "$staging"
	original g1 IMG_1.HEIC bytes | record
	damaged o1 IMG_1.HEIC rotten | record
	same "IMG_1-1.HEIC<IMG_1.HEIC" "$(superseded)"
	gp-index --check
}

@test "what a damaged part brought stays beside another second, name, album, kind, and beside two originals" {
	{
		original g1 IMG_1.HEIC bytes
		damaged o1 IMG_1.HEIC second '.creationTime = "2024-05-01T10:20:31Z"'
		damaged o2 IMG_10.HEIC name
		damaged o3 IMG_1.HEIC album '.album = {id: "Zoo", title: "Zoo"}'
		damaged o4 IMG_1.mp4 kind '.mimeType = "video/mp4"'
		damaged o5 IMG_1.HEIC notime 'del(.creationTime)'
	} | record
	same "" "$(superseded)"
	damaged o6 IMG_1.HEIC rotten | record
	damaged o7 IMG_1.HEIC rotten2 | record
	same 2 "$(superseded | wc -w)"
	original g2 IMG_1.HEIC burst | record
	same "" "$(superseded)"
	gp-index --check
}

@test "what a folder has is no damaged copy, nor are bytes that a damaged part and a folder both have" {
	original g1 IMG_1.HEIC bytes | record
	damaged d1 IMG_1.HEIC phone '.source = "dir"' | record
	same "" "$(superseded)"
	damaged o1 IMG_1.HEIC both | record
	same "IMG_1-2.HEIC<IMG_1.HEIC" "$(superseded)"
	damaged d2 IMG_1.HEIC both '.source = "dir"' | record
	same "" "$(superseded)"
	gp-index --check
}

@test "what a damaged part brought whole is an original once a good part lists it, and nothing is fetched" {
	damaged o1 IMG_1.HEIC bytes '.id = "takeout:a#5-12345678"' >listed
	record <listed
	copy c1 IMG_1.jpg rendered | record
	same "" "$(superseded)"
	gp-index --new <listed >new
	same "unknown" "$(sql "SELECT original FROM file WHERE path LIKE '%HEIC'")"
	jq -c '.original = "yes"' listed | gp-index --new >>new
	same "" "$(cat new)"
	same "yes" "$(sql "SELECT original FROM file WHERE path LIKE '%HEIC'")"
	same "IMG_1.jpg<IMG_1.HEIC" "$(superseded)"
	gp-index --check
}

@test "an album that --new notes makes the pair" {
	original o1 IMG_1.HEIC bytes 'del(.album)' | record
	copy c1 IMG_1.jpg rendered | record
	same "" "$(superseded)"
	original o1 IMG_1.HEIC bytes | gp-index --new >new
	same "" "$(cat new)"
	same "IMG_1.jpg<../photos-$quarter/IMG_1.HEIC" "$(superseded | sed "s|<photos|<../photos|")"
}

@test "a corrected time makes one pair and undoes another" {
	original o1 IMG_1.HEIC bytes | record
	copy c1 IMG_1.jpg rendered | record
	same "IMG_1.jpg<IMG_1.HEIC" "$(superseded)"
	original o1 IMG_1.HEIC bytes '.creationTime = "2020-01-01T00:00:00Z" | .metadata = {n: 1}' | gp-index --new >new
	same "" "$(superseded)"
	copy c1 IMG_1.jpg rendered '.creationTime = "2020-01-01T00:00:00Z" | .metadata = {n: 1}' | gp-index --new >>new
	same "IMG_1.jpg<IMG_1.HEIC" "$(superseded)"
	same "" "$(cat new)"
}

# pair: one original, its copy, and a photo of which there is only a copy
pair() {
	original o1 IMG_1.HEIC bytes | record
	{ copy c1 IMG_1.jpg rendered; copy c2 IMG_2.jpg alone; } | record
}

@test "gp-index --stats: a superseded copy counts once, by itself" {
	pair
	run -0 --separate-stderr gp-index --stats
	same '[2,10,{"files":1,"bytes":8},{"yes":1,"no":1,"unknown":0},[2,10]]' \
		"$(command jq -c '[.files, .bytes, .superseded, .originals, (.albums[0] | [.files, .bytes])]' <<<"$output")"
}

@test "gp-index --export: the copy is marked with its original; on discs it is not wanted" {
	pair
	same "$(printf bytes | sha256sum | cut -c1-64)" \
		"$(gp-index --export | jq -r 'select(.id == "c1").supersededBy')"
	same "IMG_1.HEIC IMG_2.jpg" "$(gp-index --export | jq -r 'select(.supersededBy == null).filename' | sort | xargs)"
	same "IMG_1.HEIC IMG_2.jpg" "$(gp-index --export --unpacked | jq -r .filename | sort | xargs)"
	# the copies of the archive have all
	same 3 "$(gp-index --export --missing-from usb | wc -l)"
}

@test "gp-index --check: a mark that can't be right is named" {
	pair
	gp-index --check
	sql "UPDATE file SET superseded_by = (SELECT sha256 FROM file WHERE path LIKE '%IMG_2.jpg') WHERE path LIKE '%IMG_1.jpg'"
	run -1 --separate-stderr gp-index --check
	has "$stderr" "IMG_1.jpg: is superseded by a file that is no original"
	sql "UPDATE file SET superseded_by = (SELECT sha256 FROM file WHERE path LIKE '%IMG_1.jpg') WHERE path LIKE '%IMG_2.jpg'"
	run -1 --separate-stderr gp-index --check
	has "$stderr" "IMG_2.jpg: is superseded by a file that is superseded too"
	sql "UPDATE file SET superseded_by = (SELECT sha256 FROM file WHERE path LIKE '%IMG_1.HEIC'), original = 'unknown'
		WHERE path LIKE '%IMG_1.jpg'"
	run -1 --separate-stderr gp-index --check
	has "$stderr" "IMG_1.jpg: is superseded, though"
}

@test "gp-index --rebuild: the marks come back from the runs' records" {
	pair
	mkdir -p "$GP_ARCHIVE/.gp/runs/r1"
	cp stored.ndjson "$GP_ARCHIVE/.gp/runs/r1/"
	same "IMG_1.jpg<IMG_1.HEIC" "$(superseded)"
	rm "$index"*
	gp-index --rebuild
	same "IMG_1.jpg<IMG_1.HEIC" "$(superseded)"
	gp-index --check
}

@test "an index of version 1 is brought forward, with the marks that it lacked" {
	pair
	sqlite3 v1.db <"$TESTS/../src/gp-index/db/schema.sql"
	sqlite3 v1.db "ATTACH '$index' AS new;
		INSERT INTO file SELECT sha256, size, path, folded, mime, taken, stored, original, NULL FROM new.file;
		INSERT INTO item SELECT item, source, account, id, key, noted, file, filename, mime, taken, metadata FROM new.item;
		INSERT INTO album SELECT album, id, title FROM new.album; INSERT INTO item_album SELECT * FROM new.item_album;
		PRAGMA user_version = 1"
	before=$(superseded)
	want=$(sql .schema | sort)
	rm "$index"*
	cp v1.db "$index"
	# what may not write can't go on with it, and says what can
	run -2 --separate-stderr gp-index --export
	has "$stderr" "version 1"
	gp-index --new </dev/null
	same 8 "$(sql 'PRAGMA user_version')"
	same "$before" "$(superseded)"
	same "img_1 img_1 img_2" "$(sql 'SELECT stem FROM item ORDER BY 1' | xargs)"
	same "$want" "$(sql .schema | sort)"
	gp-index --check
	copy c3 IMG_1.jpg another | record
	same "" "$(superseded)"
}

# marks WHAT: they are what `want` says
marks() {
	sql "SELECT lower(hex(sha256)) || ' ' || lower(hex(superseded_by)) FROM file
		WHERE superseded_by IS NOT NULL ORDER BY 1" >got
	diff want got || fail "$1: other marks"
	gp-index --check 2>err || fail "$1: $(cat err)"
}

@test "whatever comes in whichever order, the marks are what gp-index(1) says" {
	local seed round pairs=0
	seeded
	for seed in $(seq "$seed" $((seed + $(rounds 2 99)))); do
		mkdir -p "src$seed"
		python3 "$TESTS/superseded.py" "$seed" "$PWD/src$seed" >list 2>want
		pairs=$((pairs + $(wc -l <want)))
		for round in 1 2; do
			archive_new
			shuf --random-source=<(yes "$seed$round") list | split -l $((seed % 7 + 2)) - part
			for part in part*; do
				gp-index --record <"$part" >>all
			done
			rm part*
			marks "seed $seed, order $round"
		done
		# all found at once in an index that knew nothing of them
		sql "UPDATE file SET superseded_by = NULL; DROP INDEX item_taken; DROP INDEX disc_file_path; DROP TABLE failure_album; DROP TABLE archive; ALTER TABLE arriving DROP COLUMN record;
			ALTER TABLE item DROP COLUMN stem; ALTER TABLE item DROP COLUMN session; ALTER TABLE item DROP COLUMN as_of; ALTER TABLE item DROP COLUMN taken_as_of; ALTER TABLE item DROP COLUMN metadata_as_of; ALTER TABLE album DROP COLUMN as_of; PRAGMA user_version = 1"
		gp-index --new </dev/null
		marks "seed $seed, brought forward"
		mkdir -p "$GP_ARCHIVE/.gp/runs/r1"
		mv all "$GP_ARCHIVE/.gp/runs/r1/stored.ndjson"
		rm "$index"*
		gp-index --rebuild 2>err
		marks "seed $seed, rebuilt"
	done
	echo "# $pairs pairs" >&3
	[ "$pairs" -gt 3 ]
}

@test "gp-index --record killed at each durable step: the mark is there in the end" {
	export ASAN_OPTIONS=$NO_LEAKS
	copy c1 IMG_1.jpg rendered | record
	original o1 IMG_1.HEIC bytes >next
	cp -a "$GP_ARCHIVE" before
	local call count n total=0
	for call in fdatasync fsync renameat2 pwrite64; do
		strace -qq -f -o calls -e "trace=$call" gp-index --record <next >out
		count=$(grep -c " $call(" calls || true)
		for ((n = 1; n <= count; n++)); do
			total=$((total + 1))
			[ -n "$GP_LONG" ] || [ "$((total % 6))" -eq 1 ] || continue
			rm -rf "$GP_ARCHIVE"
			cp -a before "$GP_ARCHIVE"
			killed_at "$call" "$n" gp-index --record <next >out 2>&1
			original o1 IMG_1.HEIC bytes | gp-index --new >again
			gp-index --record <again >out
			same "IMG_1.jpg<IMG_1.HEIC" "$(superseded)" "killed at $call $n"
			gp-index --check 2>err || fail "$(cat err)"
		done
		rm -rf "$GP_ARCHIVE"
		cp -a before "$GP_ARCHIVE"
	done
	[ "$total" -gt 10 ]
	[ "$struck" -gt $((total / $(rounds 8 4))) ] || fail "$struck were killed"
}
