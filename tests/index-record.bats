#!/usr/bin/env bats
# gp-index --record: the one place where a staged file becomes part of the archive.
# builds: san
bats_require_minimum_version 1.5.0
load helper
load index

setup() {
	index_setup
	title="Ezra Backup"
}

staging_is_empty() {
	[ "$(find "$staging" -type f | wc -l)" -eq 0 ]
}

@test "gp-index --record: a staged file lies in its album's dated folder, and plain sha256sum proves it" {
	run --separate-stderr gp-index --record < <(staged a IMG_0001.jpg hello)
	[ "$status" -eq 0 ]
	[ "$stderr" = "" ]
	[ "$(jq -r .path <<<"$output")" = "ezra-backup-$quarter/IMG_0001.jpg" ]
	[ "$(jq -r .status <<<"$output")" = stored ]
	[ "$(cat "$GP_ARCHIVE/ezra-backup-$quarter/IMG_0001.jpg")" = hello ]
	cd "$GP_ARCHIVE/ezra-backup-$quarter"
	sha256sum -c --strict SHA256SUMS
	staging_is_empty
}

@test "gp-index --record: the file has the time it was taken" {
	gp-index --record >/dev/null < <(staged a A.jpg x '.creationTime = "2019-05-01T10:20:30Z"')
	[ "$(stat -c %Y "$GP_ARCHIVE/ezra-backup-$quarter/A.jpg")" -eq "$(date -ud 2019-05-01T10:20:30Z +%s)" ]
}

@test "gp-index --record: the same bytes under another name are one file with two origins" {
	{ staged a A.jpg same; staged b B.jpg same; staged c C.jpg other; } | gp-index --record >out
	[ "$(jq -r .status out | xargs)" = "stored duplicate stored" ]
	[ "$(jq -r .path out | sort -u | wc -l)" -eq 2 ]
	[ "$(sql "SELECT count(*) FROM file")" -eq 2 ]
	[ "$(sql "SELECT count(*) FROM item WHERE file IS NOT NULL")" -eq 3 ]
	staged d D.jpg same '.album = {id: "Other", title: "Other"}' | gp-index --record >out2
	[ "$(jq -r .status out2)" = duplicate ]
	[ ! -e "$GP_ARCHIVE/other-$quarter" ]
	staging_is_empty
}

@test "gp-index --record: names that differ in case or composition only don't meet" {
	{ staged a IMG_1.jpg 1; staged b img_1.JPG 2
	  staged c $'caf\u00e9.jpg' 3; staged d $'cafe\u0301.jpg' 4; } | gp-index --record >out
	[ "$(jq -r .status out | sort | uniq -c | xargs)" = "4 stored" ]
	[ "$(ls "$GP_ARCHIVE/ezra-backup-$quarter" | grep -v SHA256SUMS | tr A-Z a-z | sort -u | wc -l)" -eq 4 ]
	[ "$(ls "$GP_ARCHIVE/ezra-backup-$quarter" | grep -cv SHA256SUMS)" -eq 4 ]
}

@test "gp-index --record: two hundred files of one name all stay" {
	for i in $(seq 200); do staged "$i" IMG.jpg "$i"; done | gp-index --record >out
	[ "$(jq -r .status out | sort | uniq -c | xargs)" = "200 stored" ]
	[ "$(ls "$GP_ARCHIVE/ezra-backup-$quarter"/*.jpg | wc -l)" -eq 200 ]
}

@test "gp-index --record: hostile names stay inside the archive" {
	local i=0 name
	for name in '../../etc/passwd' '/etc/passwd' '..' '.' '' '.hidden' '-rf' $'a\nb.jpg' 'a/b\c.jpg' \
		'CON.jpg' 'x:y*z?.jpg' "$(printf 'n%.0s' $(seq 300)).jpg" 'SHA256SUMS' $'\u202egpj.exe'; do
		i=$((i + 1))
		staged "h$i" "$name" "content $i"
	done | gp-index --record >out
	[ "$(jq -r .status out | sort | uniq -c | xargs)" = "14 stored" ]
	(cd "$GP_ARCHIVE/ezra-backup-$quarter" && sha256sum -c --quiet --strict SHA256SUMS)
	[ "$(find "$GP_ARCHIVE" -mindepth 1 -maxdepth 1 | sort | xargs -n1 basename | xargs)" = ".gp ezra-backup-$quarter" ]
	run find "$GP_ARCHIVE/ezra-backup-$quarter" -name '[-.]?*' -o -name '*[[:cntrl:]\\:*?]*'
	[ "$output" = "" ]
	[ "$(find "$GP_ARCHIVE" -type f -printf '%f\n' | LC_ALL=C awk 'length > 143' | wc -l)" -eq 0 ]
}

@test "gp-index --record: a hostile album title is only a folder's name" {
	gp-index --record >out < <(staged a A.jpg x '.album = {id: "i", title: "../../../tmp/x"}')
	[ "$(jq -r .path out)" = "tmp-x-$quarter/A.jpg" ]
	gp-index --record >out < <(staged b B.jpg y 'del(.album)')
	[ "$(jq -r .path out)" = "photos-$quarter/B.jpg" ]
}

@test "gp-index --record --folder: the folder that was asked for, and no path" {
	gp-index --record --folder wedding >out < <(staged a A.jpg x)
	[ "$(jq -r .path out)" = wedding/A.jpg ]
	run -2 gp-index --record --folder ../out </dev/null
	run -2 gp-index --record --folder .gp </dev/null
}

@test "gp-index --record: a file outside staging is copied, the source stays as it was" {
	mkdir src
	echo data >src/P.jpg
	chmod 400 src/P.jpg
	before=$(stat -c '%i %Y %a' src/P.jpg)
	jq -nc --arg f "$PWD/src/P.jpg" --arg s "$(sha256sum <src/P.jpg | cut -c1-64)" \
		'{id: "p", filename: "P.jpg", file: $f, sha256: $s}' | gp-index --record >out
	[ "$(jq -r .status out)" = stored ]
	[ "$(stat -c '%i %Y %a' src/P.jpg)" = "$before" ]
	[ "$(cat "$GP_ARCHIVE/photos-$quarter/P.jpg")" = data ]
	staging_is_empty
}

@test "gp-index --record: bytes that are not what was hashed are refused" {
	rec=$(staged a A.jpg good)
	printf 'evil' >"$(jq -r .file <<<"$rec")"
	run -1 --separate-stderr gp-index --record <<<"$rec"
	[ "$(jq -r .error.code <<<"$output")" = mismatch ]
	[[ "$stderr" == *A.jpg*"not what was hashed"* ]]
	[ "$(sql "SELECT count(*) FROM file")" -eq 0 ]
	[ "$(sql "SELECT code FROM failure")" = mismatch ]
}

@test "gp-index --record: a size that differs, a missing sum, a missing file are errors, the rest is stored" {
	{
		staged a A.jpg one '.size = 99'
		staged b B.jpg two 'del(.sha256)'
		staged c C.jpg three '.file = "/nonexistent/x"'
		staged d D.jpg four
		echo '{"id":"e","source":"dir","error":{"stage":"gp-fetch","code":"expired","message":"m"}}'
	} >list
	run -1 --separate-stderr gp-index --record <list
	[ "$(jq -r '.error.code // .status' <<<"$output" | xargs)" = "bad-length missing-field not-found stored expired" ]
	[ "$(sql "SELECT count(*) FROM failure")" -eq 4 ]
	GP_ARCHIVE=$GP_ARCHIVE gp-index --record >/dev/null < <(staged e E.jpg five)
	[ "$(sql "SELECT count(*) FROM failure")" -eq 3 ]
}

@test "gp-index --record: a duplicate is answered only after the stored file was read again" {
	gp-index --record >/dev/null < <(staged a A.jpg treasure)
	stored=$GP_ARCHIVE/ezra-backup-$quarter/A.jpg
	printf 'rotten!!' >"$stored"
	run --separate-stderr gp-index --record < <(staged b B.jpg treasure)
	[ "$status" -eq 0 ]
	[[ "$stderr" == *rotten*"takes its place"* ]]
	[ "$(cat "$stored")" = treasure ]
	[ "$(cat "$GP_ARCHIVE"/.gp/quarantine/*)" = 'rotten!!' ]
	[ "$(sql "SELECT group_concat(kind) FROM event")" = rotten,healed ]
	rm "$stored"
	gp-index --record >/dev/null < <(staged c C.jpg treasure)
	[ "$(cat "$stored")" = treasure ]
	[ "$(sql "SELECT group_concat(kind) FROM event")" = rotten,healed,missing,healed ]
}

@test "gp-index --record: a folder that was lost comes back whole, SHA256SUMS too" {
	gp-index --record >/dev/null < <(staged a A.jpg treasure)
	rm -r "$GP_ARCHIVE/ezra-backup-$quarter"
	gp-index --record >/dev/null < <(staged b A.jpg treasure)
	(cd "$GP_ARCHIVE/ezra-backup-$quarter" && sha256sum -c SHA256SUMS)
	gp-index --check
}

@test "gp-index --record: a file that a stranger put there is never overwritten" {
	gp-index --record </dev/null
	mkdir -p "$GP_ARCHIVE/ezra-backup-$quarter"
	echo mine >"$GP_ARCHIVE/ezra-backup-$quarter/A.jpg"
	{ staged a A.jpg new; staged b B.jpg new; } | gp-index --record >out
	[ "$(cat "$GP_ARCHIVE/ezra-backup-$quarter/A.jpg")" = mine ]
	[ "$(jq -r .path out | sort -u)" = "ezra-backup-$quarter/A-1.jpg" ]
	(cd "$GP_ARCHIVE/ezra-backup-$quarter" && sha256sum -c --quiet SHA256SUMS)
}

@test "gp-index --record: a link in place of the album's folder is not followed" {
	mkdir elsewhere
	ln -s "$PWD/elsewhere" "$GP_ARCHIVE/ezra-backup-$quarter"
	run -1 --separate-stderr gp-index --record < <(staged a A.jpg x)
	[ "$(ls elsewhere)" = "" ]
	[ -e "$(jq -r .file <<<"$output")" ]
	same io "$(jq -r .error.code <<<"$output")"
}

@test "gp-index --record: a record with no room for where its file is stored fails before it is" {
	local pad
	echo bytes >in.jpg
	for pad in 1048000 1030000; do
		python3 -c "print('x' * $pad)" | jq -Rc --arg f "$PWD/in.jpg" \
			'{id: "a", source: "dir", filename: "a.jpg", file: $f, metadata: {pad: .}}' | gp-hash | gp-index --record >"$pad" || true
		jq -c '[.status, .error.code]' "$pad"
	done >said
	same '[null,"too-long"] ["stored",null]' "$(xargs -d '\n' <said)"
	same 1 "$(gp-index --stats | jq .files)"
	gp-index --check
}

@test "gp-index --record: a folder that can't be made fails its own records and their twins, the rest is stored" {
	album() {
		echo ".album = {id: \"$1\", title: \"$1\"}"
	}
	echo stranger >"$GP_ARCHIVE/ezra-backup-$quarter"
	{
		staged a A.jpg one
		staged b B.jpg two "$(album Zoo)"
		staged c C.jpg one "$(album Zoo)"
		staged d D.jpg three "$(album Zoo)"
	} >rec
	run -1 --separate-stderr gp-index --record <rec
	same "a io b stored c twin d stored" \
		"$(jq -r '"\(.id) \(.status // .error.code)"' <<<"$output" | xargs)"
	same stranger "$(cat "$GP_ARCHIVE/ezra-backup-$quarter")"
	rm "$GP_ARCHIVE/ezra-backup-$quarter"
	gp-index --record <rec >out
	same "a stored b duplicate c duplicate d duplicate" "$(jq -r '"\(.id) \(.status)"' out | xargs)"
	staging_is_empty
	gp-index --check
	same 0 "$(gp-index --stats | jq .failures.open)"
}

@test "gp-index --record: what no free name is left for fails, the rest is stored" {
	local hex t at name
	hex=$(printf one | sha256sum)
	mkdir "$GP_ARCHIVE/ezra-backup-$quarter"
	for t in $(seq 0 63); do
		name=A
		at=$((t % 29 * 2))
		[ "$t" -eq 0 ] || name=A-$t
		# beyond these the name's number is taken from the bytes
		[ "$t" -lt 10 ] ||
			name=A-$((16#${hex:at + 6:2}${hex:at + 4:2}${hex:at + 2:2}${hex:at:2} | 1))
		echo stranger >"$GP_ARCHIVE/ezra-backup-$quarter/$name.jpg"
	done
	run -1 --separate-stderr gp-index --record < <(staged a A.jpg one && staged b B.jpg two)
	same "a no-name b stored" "$(jq -r '"\(.id) \(.status // .error.code)"' <<<"$output" | xargs)"
	same stranger "$(cat "$GP_ARCHIVE/ezra-backup-$quarter"/A*.jpg | sort -u)"
	same 1 "$(gp-index --stats | jq .failures.open)"
}

# three_sources: files outside the archive, and their records in `list`; strace,
# which the next commands run in, and the leak finder don't go together
three_sources() {
	local i
	export ASAN_OPTIONS=$NO_LEAKS
	for i in 1 2 3; do
		echo "$i" >"s$i"
		jq -nc --arg f "$PWD/s$i" --arg s "$(sha256sum <"s$i" | cut -c1-64)" --arg i "$i" \
			'{id: $i, filename: ($i + ".bin"), file: $f, sha256: $s}'
	done >list
}

@test "gp-index --record: a source that can't be read fails alone, a disk that can't be written stops all" {
	three_sources
	run -1 --separate-stderr strace -qq -o /dev/null -P "$PWD/s2" -e trace=copy_file_range,read,pread64 \
		-e inject=copy_file_range,read,pread64:error=EIO gp-index --record <list
	same "1 stored 2 unreadable 3 stored" "$(jq -r '"\(.id) \(.status // .error.code)"' <<<"$output" | xargs)"
	GP_RUN=stopped run -2 --separate-stderr strace -qq -o /dev/null -e trace=copy_file_range,write,pwrite64 \
		-e inject=copy_file_range:error=ENOSPC gp-index --record <list
	same "1 no-space 2 stopped 3 stopped" "$(jq -r '"\(.id) \(.status // .error.code)"' <<<"$output" | xargs)"
	# what it did is counted all the same
	same "0 3" "$(sql "SELECT stored || ' ' || failed FROM run WHERE run = 'stopped'")"
	same 3 "$(jq -s 'map(.failed // 0) | add' "$GP_ARCHIVE/.gp/runs/stopped"/*)"
}

# outcomes: what became of each record of `output`
outcomes() {
	jq -r '"\(.id) \(.status // .error.code)"' <<<"$output" | xargs
}

# in_the_way KIND: the stored photo's place, or what it goes by, is somebody else's
in_the_way() {
	case $1 in
	link | file) mv "$place" elsewhere ;;&
	link) ln -s "$PWD/elsewhere" "$place" ;;
	file) echo stranger >"$place" ;;
	quarantine) printf 'rotten!!' >"$place/A.jpg" && echo stranger >"$GP_ARCHIVE/.gp/quarantine" ;;
	esac
}

# cleared KIND: it is no more
cleared() {
	case $1 in
	link | file) rm "$place" && mv elsewhere "$place" && printf 'rotten!!' >"$place/A.jpg" ;;
	quarantine) rm "$GP_ARCHIVE/.gp/quarantine" ;;
	esac
}

@test "gp-index --record: a photo that can't be put back fails alone, in each run, the rest is stored" {
	local kind place=$GP_ARCHIVE/ezra-backup-$quarter other='.album = {id: "Zoo", title: "Zoo"}'
	gp-index --record >/dev/null < <(staged a A.jpg treasure)
	for kind in link file quarantine; do
		in_the_way "$kind"
		staged "$kind" B.jpg treasure >again
		run -1 --separate-stderr gp-index --record < <(cat again && staged "$kind-1" 1.jpg "$kind-1" "$other" &&
			staged "$kind-2" 2.jpg "$kind-2" "$other")
		same "$kind io $kind-1 stored $kind-2 stored" "$(outcomes)"
		case $kind in
		quarantine) has "$stderr" "B.jpg: opening .gp/quarantine for ezra-backup-$quarter/A.jpg: Not a directory" ;;
		*) has "$stderr" "B.jpg: making the folder of ezra-backup-$quarter/A.jpg: Not a directory" ;;
		esac
		run -1 --separate-stderr gp-index --record < <(cat again && staged "$kind-3" 3.jpg "$kind-3" "$other")
		same "$kind io $kind-3 stored" "$(outcomes)"
		cleared "$kind"
		run -0 --separate-stderr gp-index --record <again
		same "$kind duplicate" "$(outcomes)"
		same treasure "$(cat "$place/A.jpg")"
		rm -r "$GP_ARCHIVE/.gp/quarantine"
	done
	gp-index --check
	staging_is_empty
}

@test "gp-index --record: an owed photo whose place can't be cleared fails alone" {
	local place=$GP_ARCHIVE/ezra-backup-$quarter
	gp-index --record >/dev/null < <(staged a A.jpg treasure && staged z Z.jpg zebra)
	in_the_way quarantine
	rm "$GP_ARCHIVE"/.gp/index.db*
	gp-index --rebuild || true
	run -1 --separate-stderr gp-index --record < <(staged b B.jpg treasure && staged c C.jpg other)
	same "b io c stored" "$(outcomes)"
	has "$stderr" "B.jpg: opening .gp/quarantine for ezra-backup-$quarter/A.jpg: Not a directory"
	cleared quarantine
	run -0 --separate-stderr gp-index --record < <(staged b B.jpg treasure)
	same "b stored" "$(outcomes)"
	same treasure "$(cat "$place/A.jpg")"
	same 'rotten!!' "$(cat "$GP_ARCHIVE"/.gp/quarantine/*)"
}

@test "gp-index --record: a rotten photo that can't be moved away fails alone" {
	local place=$GP_ARCHIVE/ezra-backup-$quarter
	gp-index --record >/dev/null < <(staged a A.jpg treasure)
	printf 'rotten!!' >"$place/A.jpg"
	chattr +i "$place/A.jpg" 2>/dev/null || skip "needs a file system with chattr, and root"
	run --separate-stderr gp-index --record < <(staged b B.jpg treasure && staged c C.jpg other)
	chattr -i "$place/A.jpg"
	same 1 "$status"
	same "b io c stored" "$(outcomes)"
	has "$stderr" "B.jpg: moving to .gp/quarantine what is at ezra-backup-$quarter/A.jpg: Operation not permitted"
}

@test "gp-index --record: one photo is put back many times in a second, and each rotten copy is kept" {
	local i place=$GP_ARCHIVE/ezra-backup-$quarter
	gp-index --record >/dev/null < <(staged a A.jpg treasure)
	for i in 1 2 3; do
		printf 'rotten %s' "$i" >"$place/A.jpg"
		run -0 --separate-stderr frozen '2026-10-01 03:00 UTC' gp-index --record < <(staged "b$i" B.jpg treasure)
		same treasure "$(cat "$place/A.jpg")"
	done
	same "rotten 1 rotten 2 rotten 3" "$(sort <(awk 1 "$GP_ARCHIVE"/.gp/quarantine/*) | xargs)"
}

@test "gp-index --record: a source that can't be read for once fails alone too" {
	three_sources
	run -1 --separate-stderr strace -qq -o /dev/null -P "$PWD/s2" -e trace=read \
		-e inject=read:error=EIO:when=1 gp-index --record <list
	same "1 stored 2 unreadable 3 stored" "$(outcomes)"
	has "$stderr" "$PWD/s2: Input/output error"
	run -0 --separate-stderr gp-index --record <list
	same "1 duplicate 2 stored 3 duplicate" "$(outcomes)"
}

@test "gp-index --record: a staged file that is gone while its key is stored is a duplicate" {
	staged a A.jpg x >rec
	gp-index --record <rec >/dev/null
	run gp-index --record <rec
	[ "$status" -eq 0 ]
	[ "$(jq -r .status <<<"$output")" = duplicate ]
}

@test "gp-index --record: of a stored photo that can't be read for the moment no failure stays open" {
	staged a A.jpg x >rec
	gp-index --record <rec >/dev/null
	path=$GP_ARCHIVE/ezra-backup-$quarter/A.jpg
	# its staged file is gone, and its place can't be read now
	mv "$path" kept.jpg
	mkdir "$path"
	run -1 --separate-stderr gp-index --record <rec
	same unreadable "$(jq -r .error.code <<<"$output")"
	has "$output" "the archive's copy is unreadable"
	rmdir "$path"
	mv kept.jpg "$path"
	# it comes again, and can't be opened
	ln -s elsewhere "$(jq -r .file rec)"
	run -1 --separate-stderr gp-index --record <rec
	same unreadable "$(jq -r .error.code <<<"$output")"
	same 0 "$(gp-index --stats | jq .failures.open)"
	# what is stored nowhere is a failure
	staged b B.jpg y >rec
	ln -sf elsewhere "$(jq -r .file rec)"
	run -1 --separate-stderr gp-index --record <rec
	same 1 "$(gp-index --stats | jq .failures.open)"
}

@test "gp-index --seen nas: a photo that was bad here while its staged file was gone is settled once it is good again" {
	staged a A.jpg x >rec
	gp-index --record <rec >/dev/null
	path=$GP_ARCHIVE/ezra-backup-$quarter/A.jpg
	mv "$path" kept.jpg
	run -1 --separate-stderr gp-index --record <rec
	same gone "$(jq -r .error.code <<<"$output")"
	checked() {
		gp-index --export | gp-hash --check --root "$GP_ARCHIVE" | gp-index --seen "$1" >seen
	}
	! checked nas || fail "it is gone, and proved"
	same 1 "$(gp-index --stats | jq .failures.open)"
	mv kept.jpg "$path"
	checked elsewhere
	same 1 "$(gp-index --stats | jq .failures.open)"
	checked nas
	same 0 "$(gp-index --stats | jq .failures.open)"
}

@test "gp-index --record: what a run of another account took from under this one's hands is a duplicate" {
	staged a A.jpg x '.account = "dad"' >rec
	gp-index --record <rec >/dev/null
	jq -c '.account = "mum" | del(.sha256)' rec >gone
	run -0 --separate-stderr gp-index --record <gone
	same duplicate "$(jq -r .status <<<"$output")"
	same "dad mum" "$(sqlite3 "$GP_ARCHIVE/.gp/index.db" 'SELECT account FROM item WHERE file IS NOT NULL ORDER BY 1' | xargs)"
	# of another photo it is gone
	jq -c '.id = "z"' gone >other
	run -1 --separate-stderr gp-index --record <other
	same gone "$(jq -r .error.code <<<"$output")"
}

@test "gp-index --record: a low limit of open files fails no record" {
	local n
	mkdir many
	for n in {1..300}; do
		echo "$n" >"many/$n.jpg"
		printf '{"id":"m%d","source":"dir","filename":"%d.jpg","url":"file://%s/many/%d.jpg"}\n' "$n" "$n" "$PWD" "$n"
	done >list
	gp-fetch <list | gp-hash >hashed
	(ulimit -Sn 60 && gp-index --record <hashed >out)
	same "300 stored" "$(jq -r .status out | sort | uniq -c | xargs)"
}

@test "gp-index --record: the quarter is that of the local date on which the run began" {
	export TZ=Pacific/Auckland
	run frozen '2026-09-30 12:00 UTC' gp-index --record < <(staged a A.jpg x)
	same ezra-backup-2026-Q4/A.jpg "$(jq -r .path <<<"$output")"
	TZ=America/Los_Angeles
	run frozen '2026-10-01 03:00 UTC' gp-index --record < <(staged b B.jpg y)
	same ezra-backup-2026-Q3/B.jpg "$(jq -r .path <<<"$output")"
	TZ=UTC
	run frozen '2026-12-31 23:59:59' gp-index --record < <(staged c C.jpg z)
	same ezra-backup-2026-Q4/C.jpg "$(jq -r .path <<<"$output")"
}

@test "gp-index --record: what another run has stored is no open failure, though its source is gone for this one" {
	mkdir card
	printf one >card/1.jpg
	gp-list --album Ezra "dir:$PWD/card" | gp-index --new >slow
	gp-fetch <slow | gp-hash | gp-index --record >stored
	printf two >card/2.jpg
	gp-list "dir:$PWD/card" | gp-index --new >new
	rm -r card
	run -1 gp-index --record < <(cat slow new | jq -c '.error = {stage: "gp-fetch", code: "not-found", message: "no such file"}')
	same "2.jpg" "$(sqlite3 "$GP_ARCHIVE/.gp/index.db" 'SELECT filename FROM failure')"
	gp-index --check
}

@test "gp-index --record: where the disk can't hold the index's memory, the rest of the input is marked, exit 2" {
	local status=0 pid to from answer index=$GP_ARCHIVE/.gp/index.db
	export GP_RUN=faulty
	{
		staged a A.jpg alpha
		staged b B.jpg bravo
		staged c C.jpg charlie
	} >list
	mkfifo in answers
	timeout "$PATIENCE" gp-index --record <in >answers 2>err 3>&- &
	pid=$!
	exec {to}>in {from}<answers
	head -n 1 list >&"$to"
	IFS= read -r answer <&"$from"
	same stored "$(jq -r .status <<<"$answer")"
	# as a disk does that has no room for a page which was mapped: the kernel sends SIGBUS
	truncate -s 0 "$index-shm"
	sed -n 2p list >&"$to"
	IFS= read -r answer <&"$from" || fail "no answer: $(cat err)"
	same "b stopped" "$(jq -r '"\(.id) \(.error.code)"' <<<"$answer")"
	# nobody waits for its locks meanwhile
	flock -n "$GP_ARCHIVE/.gp/record.lock" true
	same 1 "$(timeout "$PATIENCE" gp-index --stats | jq .files)"
	sed -n 3p list >&"$to"
	exec {to}>&-
	IFS= read -r answer <&"$from"
	same "c stopped" "$(jq -r '"\(.id) \(.error.code)"' <<<"$answer")"
	wait "$pid" || status=$?
	same 2 "$status"
	same 1 "$(wc -l <err)"
	has "$(cat err)" "no space left for the index, or its disk fails"
	same "1 2" "$(jq -r '"\(.stored) \(.failed)"' "$GP_ARCHIVE/.gp/runs/faulty"/*)"
	gp-index --record <list >out
	same "duplicate stored stored" "$(jq -r .status out | xargs)"
	gp-index --check
}

@test "gp-index --record: a full disk is said, what is stored stays, the rest is marked, exit 2" {
	mkdir small
	mount -t tmpfs -o size=900k none small || skip "needs the right to mount"
	GP_ARCHIVE=$PWD/small/archive
	archive_new
	mkdir src
	for i in $(seq 40); do noise "$i" 50000 >"src/$i"; done
	for i in $(seq 40); do
		jq -nc --arg f "$PWD/src/$i" --arg s "$(sha256sum <"src/$i" | cut -c1-64)" --arg i "$i" \
			'{id: $i, filename: ($i + ".bin"), file: $f, sha256: $s}'
	done >list
	# one at a time, as they come from a slow line: some are stored before it is full
	local status=0 pid to from record answer n
	mkfifo in answers
	timeout "$PATIENCE" gp-index --record <in >answers 2>err 3>&- &
	pid=$!
	exec {to}>in {from}<answers
	while IFS= read -r record; do
		printf '%s\n' "$record" >&"$to"
		IFS= read -r answer <&"$from"
		printf '%s\n' "$answer"
	done <list >out
	exec {to}>&-
	wait "$pid" || status=$?
	same 2 "$status"
	has "$(tr N n <err)" "no space left"
	same "$(seq 40)" "$(jq -r .id out)"
	n=$(jq -r 'select(.status == "stored").id' out | wc -l)
	[ "$n" -gt 0 ]
	[ "$n" -lt 40 ]
	same "$((40 - n))" "$(jq -r 'select(.error).id' out | wc -l)"
	# but for the first that found no room, none is tried
	[ "$(jq -r '.error.code' out | grep -c '^stopped$')" -ge $((39 - n)) ]
	jq -r 'select(.status == "stored") | "\(.sha256)  \(.path)"' out >stored
	(cd small/archive && sha256sum -c --quiet --strict ../../stored)
	mount -o remount,size=8m small
	gp-index --record <list >out
	same "$n duplicate $((40 - n)) stored" "$(jq -r .status out | sort | uniq -c | xargs)"
	(cd small/archive/photos-* && sha256sum -c --quiet SHA256SUMS && [ "$(ls | wc -l)" -eq 41 ])
	umount small
}

# bats test_tags=unsanitized
@test "two runs of one PID within one second, as in containers, are two runs" {
	[ "$(id -u)" -eq 0 ] || skip "needs root for a PID name space"
	unshare -pf true || skip "needs PID name spaces"
	for photo in A B; do
		staged "$photo" "$photo.jpg" "$photo" |
			frozen '2026-05-01 10:00:00' unshare -pf gp-index --record >out
		same 1 "$(jq -r .status out | grep -c stored)"
	done
	same 2 "$(sql "SELECT count(*) FROM run")"
}

@test "gp-index --record: a run in which nothing came writes nothing" {
	staged a A.jpg alpha | gp-index --record >/dev/null
	sql .dump >before
	gp-index --record </dev/null
	GP_RUN=idle gp-index --record </dev/null
	diff before <(sql .dump)
}
