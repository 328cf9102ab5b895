#!/usr/bin/env bats
# gp-index --export, --accept and --stats: what there is, as records and counts.
# builds: san
bats_require_minimum_version 1.5.0
load helper
load index

setup() {
	index_setup
}

ids() {
	jq -r .id | xargs
}

@test "gp-index --export: a record for each file, by time taken, then path" {
	fill
	run -0 --separate-stderr gp-index --export
	same "" "$stderr" stderr
	same "b a c" "$(ids <<<"$output")" order
	same "$(jq -nc --arg p "$folder/A.jpg" --arg s "$(printf alpha | sha256sum | cut -c1-64)" '{id: "a", source: "dir",
		filename: "A.jpg", mimeType: "image/jpeg", creationTime: "2020-05-01T10:00:00Z",
		original: "unknown", metadata: {}, album: {id: "Ezra", title: "Ezra"}, sha256: $s, size: 5,
		path: $p, status: "stored"}')" \
		"$(sed -n 2p <<<"$output" | jq -c '.metadata = {}')" record
	same "yes unknown unknown" "$(jq -r .original <<<"$output" | xargs)"
	same null "$(sed -n 3p <<<"$output" | jq -c .album)"
}

@test "gp-index --export: of several items of one album that stands for a file which says when it was taken" {
	staged a A.jpg alpha '.source = "picker" | .account = "anna" | del(.creationTime)' |
		gp-index --record >/dev/null
	staged b B.jpg alpha '.source = "picker" | .account = "ben" | .creationTime = "2019-05-01T10:00:00Z"' |
		gp-index --record >/dev/null
	staged c C.jpg alpha '.source = "picker" | .account = "carl" | .creationTime = "2018-05-01T10:00:00Z"' |
		gp-index --record >/dev/null
	run -0 --separate-stderr gp-index --export
	same "b ben 2019-05-01T10:00:00Z" "$(jq -r '"\(.id) \(.account) \(.creationTime)"' <<<"$output")"
	# a folder has but the time of the copy, and no metadata of Google's
	staged d D.jpg delta '.source = "takeout" | .metadata.description = "at the sea" | del(.creationTime)' |
		gp-index --record >/dev/null
	staged e E.jpg delta | gp-index --record >/dev/null
	same "d at the sea" "$(gp-index --export | jq -r 'select(.size == 5 and .id != "b") | "\(.id) \(.metadata.description)"')"
}

@test "gp-index --export: metadata comes as it was stored, to the letter" {
	staged a A.jpg alpha | jq -c '. + {metadata: "M"}' |
		sed 's/"M"/{"n":1.10,"big":12345678901234567890,"u":"\\u00e9"}/' | gp-index --record >/dev/null
	run -0 gp-index --export
	has "$output" '"metadata":{"n":1.10,"big":12345678901234567890,"u":"\u00e9"}'
}

@test "gp-index --export: what it writes, gp-hash --check proves" {
	fill
	gp-index --export | gp-hash --check --root "$GP_ARCHIVE" >checked
	same "ok ok ok" "$(jq -r .check checked | xargs)"
}

@test "gp-index --export --album: that album; a file of two albums names both" {
	fill
	staged a2 A2.jpg alpha '.album = {id: "z", title: "Zoo"}' | gp-index --record >/dev/null
	same "a2" "$(gp-index --export --album Zoo | ids)"
	same Zoo "$(gp-index --export --album Zoo | jq -r .album.title)"
	same "b a" "$(gp-index --export --album Ezra | ids)"
	same '["Ezra","Zoo"]' "$(gp-index --export --album Ezra | jq -c 'select(.albums) | [.albums[].title]')"
	same 3 "$(gp-index --export | wc -l)"
}

@test "gp-index --export --album: composed or decomposed, a title is the same" {
	staged a A.jpg alpha '.album = {id: "i", title: "Cafe\u0301"}' | gp-index --record >/dev/null
	same a "$(gp-index --export --album $'Caf\u00e9' | ids)"
}

@test "gp-index --export --album: a title that is not there is said, with those that are" {
	fill
	run -2 --separate-stderr gp-index --export --album Erza
	same "" "$output"
	has "$stderr" Erza
	has "$stderr" '"Ezra"'
}

@test "gp-index --export --missing-from: what was never proved there" {
	fill
	same 3 "$(gp-index --export --missing-from usb | wc -l)"
	gp-index --export --album Ezra | jq -c '.check = "ok"' | gp-index --seen usb >/dev/null
	same c "$(gp-index --export --missing-from usb | ids)"
	same 3 "$(gp-index --export --missing-from other | wc -l)"
}

@test "gp-index --export: where each file was proved, and when last" {
	fill
	name="b2:my \"photos\" \\ 100% d'\u00e9t\u00e9
	end"
	gp-index --export --album Ezra | jq -c '.check = "ok"' | gp-index --seen usb >/dev/null
	gp-index --export --album Ezra | head -n 1 | jq -c '.check = "ok"' | gp-index --seen "$name" >/dev/null
	sql "UPDATE copy SET proved = 1777630830 WHERE copy = 'usb'"
	run -0 gp-index --export
	same "$(jq -nc --arg n "$name" '["usb", $n]')" "$(sed -n 1p <<<"$output" | jq -c '.copies | keys | reverse')"
	same '{"usb":"2026-05-01T10:20:30Z"}' "$(sed -n 2p <<<"$output" | jq -c .copies)"
	same null "$(sed -n 3p <<<"$output" | jq -c .copies)"
	same "a c" "$(gp-index --export --missing-from "$name" | ids)"
	same 3 "$(gp-index --export --missing-from "x' OR 1 --" | wc -l)"
	run -2 gp-index --export --missing-from ''
}

@test "gp-index --export --unpacked, --disc: a failed disc counts for nothing" {
	fill
	sql "INSERT INTO disc VALUES ('EZRA-0001', 'verified', NULL, 0), ('EZRA-0002', 'failed', NULL, 0);
		INSERT INTO disc_file SELECT 'EZRA-0001', sha256, 'data/' || path FROM file WHERE path LIKE '%A.jpg';
		INSERT INTO disc_file SELECT 'EZRA-0002', sha256, 'data/' || path FROM file WHERE path LIKE '%B.jpg'"
	same "b c" "$(gp-index --export --unpacked | ids)"
	run -0 gp-index --export --disc EZRA-0001
	same "EZRA-0001 data/$folder/A.jpg" "$(jq -r '"\(.disc) \(.discPath)"' <<<"$output")"
	run -2 --separate-stderr gp-index --export --disc EZRA-0009
	has "$stderr" EZRA-0009
	run -2 gp-index --export --disc ''
}

@test "gp-index --export: a reader that waits keeps no writer waiting" {
	fill
	mkfifo pipe
	# more than a pipe and the output's buffer hold
	staged big BIG.jpg big ".metadata = (\"x\" * 900000)" | gp-index --record >/dev/null
	gp-index --export >pipe 3>&- &
	pid=$!
	exec 7<pipe
	head -c 10 <&7 >first
	staged d D.jpg delta | timeout "$PATIENCE" gp-index --record >out
	same stored "$(jq -r .status out)"
	# no reader's mark is left in the log, which can therefore be emptied
	same 0 "$(sqlite3 "$index" 'PRAGMA wal_checkpoint(TRUNCATE)' | cut -d '|' -f 1)"
	cat <&7 >rest
	exec 7<&-
	wait "$pid"
	same 4 "$(cat first rest | jq -r .id | wc -l)"
}

@test "gp-index --export: no index is no empty list" {
	rm "$GP_ARCHIVE"/.gp/index.db*
	run -2 --separate-stderr gp-index --export
	has "$stderr" "no index"
}

@test "gp-index --export: a full disk is no success" {
	fill
	run -2 sh -c 'gp-index --export >/dev/full'
}

@test "gp-index --accept: settles that failure, keeps the reason" {
	echo '{"id":"x1","source":"library","filename":"X.jpg","error":{"stage":"gp-fetch","code":"denied","message":"403"}}' >failed
	run -1 gp-index --record <failed
	same 1 "$(gp-index --stats | jq .failures.open)"
	run -0 --separate-stderr gp-index --accept x1 'deleted at Google'
	same "" "$output$stderr"
	same '{"open":0,"accepted":1}' "$(gp-index --stats | command jq -c .failures)"
	same "deleted at Google" "$(sql 'SELECT accepted FROM failure')"
	same "accepted|x1: deleted at Google" "$(sql 'SELECT kind, detail FROM event')"
}

@test "gp-index --accept: an id that did not fail is refused, what is open is named" {
	echo '{"id":"x1","filename":"X.jpg","error":{"stage":"gp-fetch","code":"denied","message":"403"}}' >failed
	run -1 gp-index --record <failed
	run -2 --separate-stderr gp-index --accept x2 why
	has "$stderr" "'x1' (X.jpg): 403"
	same 0 "$(sql 'SELECT count(*) FROM event')"
	run -2 gp-index --accept x1 ''
	run -2 gp-index --accept x1
}

@test "gp-index --accept: a line that was no record is settled by an empty id, and open again with the next" {
	run -1 gp-index --record <<<'no record'
	run -2 --separate-stderr gp-index --accept x2 why
	has "$stderr" "open: '' (): line 1 is no record"
	gp-index --accept '' 'my own echo'
	same '{"open":0,"accepted":1}' "$(gp-index --stats | command jq -c .failures)"
	run -1 gp-index --record <<<'another'
	same '{"open":1,"accepted":0}' "$(gp-index --stats | command jq -c .failures)"
}

@test "gp-index --record: a line cut off by a dying stage is said, and no failure that stays" {
	mkdir src
	for n in 1 2 3; do echo "photo $n" >"src/$n.jpg"; done
	gp-list dir:src >list
	head -c -20 list >list.cut
	gp-index --new <list.cut >list.new || [ $? -eq 1 ]
	gp-fetch <list.new | gp-hash | gp-index --record >out || [ $? -eq 1 ]
	same "bad-record stored stored" "$(jq -r '.status // .error.code' out | sort | xargs)"
	same 0 "$(gp-index --stats | jq .failures.open)"
	gp-index --new <list | gp-fetch | gp-hash | gp-index --record >out
	same stored "$(jq -r .status out)"
}

@test "gp-index --stats: what failed is counted by album, until it is stored or settled" {
	failed() {
		jq -nc --arg id "$1" --arg album "$2" '{id: $id, filename: "X.jpg", source: "dir",
			error: {stage: "gp-fetch", code: "denied", message: "403"}} +
			if $album == "" then {} else {album: {title: $album}} end' | gp-index --record >out || true
	}
	counts() {
		gp-index --stats | jq -c '[(.albums[] | [.title, .waiting, .failed]), .noAlbum.waiting, .noAlbum.failed]'
	}
	failed x1 Ezra
	failed x1 Zoo
	failed x2 ''
	failed '' Zoo
	same '[["Ezra",0,1],["Zoo",0,1],0,2]' "$(counts)"
	gp-index --accept x2 'deleted at Google'
	staged x1 X.jpg bytes '.source = "dir"' | gp-index --record >out
	same '[["Ezra",0,0],["Zoo",0,0],0,1]' "$(counts)"
	same 0 "$(sql 'SELECT count(*) FROM failure_album')"
	gp-index --check
}

@test "gp-index --stats: one object, each file counted once" {
	fill
	staged a2 A2.jpg alpha '.album = {id: "z", title: "Zoo"}' | gp-index --record >/dev/null
	gp-index --export --album Zoo | jq -c '.check = "ok"' | gp-index --seen usb >/dev/null
	run -0 --separate-stderr gp-index --stats
	same 1 "${#lines[@]}" lines
	same '[3,17,{"yes":1,"no":0,"unknown":2},{"stored":4,"waiting":0},0]' \
		"$(command jq -c '[.files, .bytes, .originals, .items, .arriving]' <<<"$output")"
	same '[{"title":"Ezra","id":"Ezra","files":2,"bytes":10,"waiting":0,"failed":0},{"title":"Zoo","id":"z","files":1,"bytes":5,"waiting":0,"failed":0}]' \
		"$(command jq -c '[.albums[] | del(.latest)]' <<<"$output")"
	near "$(jq -r '.albums[0].latest' <<<"$output")"
	near "$(jq -r '.albums[1].latest' <<<"$output")"
	same '[["usb",1]]' "$(jq -c '[.copies[] | [.copy, .files]]' <<<"$output")"
	same '[]' "$(jq -c .discs <<<"$output")"
	same '[0,1]' "$(jq -c '.lastRun | [.stored, .duplicate]' <<<"$output")"
}

@test "gp-index --stats --full: proofs by copy and day, failures with their reasons, the newest" {
	fill
	gp-index --export --album Ezra | jq -c '.check = "ok"' | gp-index --seen usb >/dev/null
	gp-index --export | jq -c '.check = "ok"' | gp-index --seen 'b2:a "quoted" bucket' >/dev/null
	jq -nc '{id: "x", filename: "X.jpg", source: "dir", album: {title: "Zoo"},
		error: {stage: "gp-fetch", code: "denied", message: "403 \"no\""}}' | gp-index --record >out || true
	run -0 --separate-stderr gp-index --stats --full
	same "[[1,[\"b2:a \\\"quoted\\\" bucket\"]],[2,[\"b2:a \\\"quoted\\\" bucket\",\"usb\"]]]" \
		"$(jq -c '[.proofs[] | [.files, (.copies | keys)]] | sort' <<<"$output")"
	same "$(sql "SELECT DISTINCT date(proved, 'unixepoch') FROM copy")" "$(jq -r '[.proofs[].copies[]] | unique[]' <<<"$output")"
	same '[["Zoo"],"X.jpg","denied","403 \"no\"",1]' \
		"$(jq -c '.failed[] | [.albums, .filename, .code, .message, .times]' <<<"$output")"
	same "$(gp-index --export | jq -sc 'map([.path, .creationTime]) | group_by(.[1]) | reverse | add')" \
		"$(jq -c '[.newest[] | [.path, .creationTime]]' <<<"$output")"
	same "$(gp-index --export --unpacked | jq -s 'length')" "$(jq .unpacked.files <<<"$output")"
	same null "$(gp-index --stats | jq .proofs)"
	run -2 gp-index --check --full
}
