#!/usr/bin/env bats
# gp-fetch and the parts of an export: members are taken out of zips and tgz
# files, each part is passed over once, and a place that is damaged has others.
# builds: san
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir -p tree/A tree/B
	for n in 1 2 3; do photo "tree/A/$n.jpg" "$n"; done
	cp tree/A/1.jpg tree/B/1.jpg
	# stored as they are, so that a test can damage one of them
	(cd tree && bsdtar -c --format zip --options compression=store -f ../p.zip A B &&
		bsdtar -czf ../p.tgz A B)
}

# photo FILE TEXT: begins as a JPEG does
photo() {
	printf '\377\330\377\340%s' "photo $2, which is long enough" >"$1"
}

# record ID PART MEMBER [JQ]: one as gp-list takeout: writes it
record() {
	jq -nc --arg id "$1" --arg url "file://$PWD/$2" --arg member "$3" \
		"{id: \$id, source: \"takeout\", filename: (\$member | split(\"/\") | last),
		mimeType: \"image/jpeg\", url: \$url, member: \$member} + ${4:-{\}}"
}

# staged_is FILE <RECORD: the record's staged file has its bytes
staged_is() {
	local file
	file=$(jq -er .file) || return 1
	cmp "$file" "$1"
}

@test "gp-fetch: a member of a zip, a tgz" {
	for part in p.zip p.tgz; do
		record "$part-1" "$part" A/1.jpg | gp-fetch >out
		staged_is tree/A/1.jpg <out
		same "$(stat -c %s tree/A/1.jpg)" "$(jq .size out)"
	done
	same 2 "$(find "$GP_ARCHIVE/.gp/staging" -type f ! -name '*.json' | wc -l)"
}

@test "gp-fetch: members in any order, of parts in any order, each once" {
	for n in 3 1 2; do
		record "t$n" p.tgz "A/$n.jpg"
		record "z$n" p.zip "A/$n.jpg"
	done >in
	gp-fetch <in >out
	same "t1 t2 t3 z1 z2 z3" "$(jq -r .id out | sort | paste -sd' ')"
	while read -r line; do
		staged_is "tree/A/$(jq -r '.id[1:]' <<<"$line").jpg" <<<"$line"
	done <out
}

# bats test_tags=unsanitized
@test "gp-fetch: a list in the order of its parts needs one pass over each tgz" {
	cp p.tgz q.tgz
	for n in 1 2 3; do record "p$n" p.tgz "A/$n.jpg"; done >in
	for n in 3 2 1; do record "q$n" q.tgz "A/$n.jpg"; done >>in
	strace -f -qq -o trace -e trace=openat gp-fetch <in >out
	same 6 "$(jq -r .file out | wc -l)"
	# thrice to see what it is, and for the pass
	same 4 "$(grep '/p.tgz"' trace | grep -vc DIRECTORY)"
	same 4 "$(grep '/q.tgz"' trace | grep -vc DIRECTORY)"
}

# bats test_tags=unsanitized
@test "gp-fetch: a list in no order needs no more than one pass over each part after that is seen" {
	local part n
	for part in a b c; do
		cp p.zip "$part.zip"
		cp p.tgz "$part.tgz"
	done
	for n in 3 1 2; do
		for part in a.zip a.tgz b.zip b.tgz c.zip c.tgz; do record "$part-$n" "$part" "A/$n.jpg"; done
	done >in
	strace -f -qq -o trace -e trace=openat gp-fetch <in >out
	same 18 "$(jq -r .file out | wc -l)"
	for n in $(seq 18); do
		staged_is "tree/A/$(sed -n "${n}p" out | jq -r '.id | split("-")[1]').jpg" < <(sed -n "${n}p" out)
	done
	# to see what it is (a zip), for what came before the list was seen to be mixed,
	# and for the one pass
	for part in a b c; do
		n=$(grep -c "/$part.zip\".*O_DIRECTORY" trace)
		[ "$n" -le 3 ] || fail "$part.zip was opened $n times"
		n=$(grep -c "/$part.tgz\".*O_DIRECTORY" trace)
		[ "$n" -le 2 ] || fail "$part.tgz was opened $n times"
	done
}

@test "gp-fetch: a list in no order of more parts than files may be open by default" {
	local n part
	for part in $(seq 80); do cp p.zip "$part.zip"; done
	for n in 1 2; do
		for part in $(seq 80); do record "$part-$n" "$part.zip" "A/$n.jpg"; done
	done >in
	(ulimit -Sn 64 && gp-fetch <in) >out
	same 160 "$(jq -r .file out | wc -l)"
}

@test "gp-fetch: a member of a tgz that another run fetches is waited for, and comes in the end" {
	local pid lock key
	record a p.tgz A/1.jpg | gp-index --new >in
	key=$(jq -r .key in)
	mkdir -p "$GP_ARCHIVE/.gp/staging"
	exec {lock}>"$GP_ARCHIVE/.gp/staging/$key.part"
	flock -x "$lock"
	gp-fetch -v <in >out 2>err 3>&- {lock}>&- &
	pid=$!
	wait_for grep -q "waiting for it" err
	exec {lock}>&-
	wait "$pid" || fail "$(cat err)"
	staged_is tree/A/1.jpg <out
}

@test "gp-fetch: one member for two records" {
	{
		record one p.tgz A/1.jpg
		record two p.tgz A/1.jpg
		record one p.tgz A/1.jpg
	} | gp-fetch >out
	same "one one two" "$(jq -r 'select(.file) | .id' out | sort | paste -sd' ')"
	staged_is tree/A/1.jpg < <(grep two out)
}

@test "gp-fetch: where a place is damaged the next one is used" {
	sed 's/photo 1/phoxo 1/' p.zip >damaged.zip
	head -c 60 p.tgz >cut.tgz
	alt="{alt: [{url: \"file://$PWD/nowhere.zip\", member: \"x\"},
		{url: \"file://$PWD/p.tgz\", member: \"A/1.jpg\"}]}"
	for part in damaged.zip cut.tgz nowhere.tgz; do
		run --separate-stderr gp-fetch < <(record "$part" "$part" A/1.jpg "$alt")
		same 0 "$status"
		staged_is tree/A/1.jpg <<<"$output"
		has "$stderr" "another place has it too"
	done
}

@test "gp-fetch: damaged everywhere is an error that names member and part" {
	sed 's/photo 1/phoxo 1/' p.zip >damaged.zip
	run -1 --separate-stderr gp-fetch < <(record a damaged.zip A/1.jpg
		record b damaged.zip A/2.jpg)
	same bad-content "$(jq -r 'select(.id == "a").error.code' <<<"$output")"
	has "$stderr" "A/1.jpg in damaged.zip: CRC error; download that part again"
	staged_is tree/A/2.jpg < <(jq -c 'select(.id == "b")' <<<"$output")
	same 1 "$(find "$GP_ARCHIVE/.gp/staging" -type f ! -name '*.json' | wc -l)"
}

@test "gp-fetch: a part that is cut off gives what is whole" {
	for n in $(seq 20); do
		photo "tree/A/$n.jpg" "$n"
		noise "$n" 100000 >>"tree/A/$n.jpg"
	done
	(cd tree && bsdtar -czf ../big.tgz A)
	head -c 1000000 big.tgz >cut.tgz
	run -1 --separate-stderr gp-fetch < <(for n in $(seq 20); do record "$n" cut.tgz "A/$n.jpg"; done)
	same 20 "$(jq -r .id <<<"$output" | sort -u | wc -l)"
	good=$(jq -r 'select(.file) | .id' <<<"$output" | wc -l)
	[ "$good" -ge 8 ]
	[ "$good" -lt 20 ]
	has "$stderr" "in cut.tgz: it is cut off"
	while read -r line; do
		staged_is "tree/A/$(jq -r .id <<<"$line").jpg" <<<"$line"
	done < <(jq -c 'select(.file)' <<<"$output")
}

@test "gp-fetch: no such member, no such part, a part that is none" {
	echo nonsense >n.zip
	run -1 --separate-stderr gp-fetch < <(record a p.zip A/9.jpg
		record b p.tgz A/9.jpg
		record c no.zip A/1.jpg
		record d n.zip A/1.jpg)
	same "a not-found b not-found c unreadable d unreadable" \
		"$(jq -r '.id + " " + .error.code' <<<"$output" | sort | paste -sd' ')"
}

@test "gp-fetch: a member of another size than was listed is not taken for it" {
	for part in p.zip p.tgz; do
		run -1 --separate-stderr gp-fetch < <(record "$part" "$part" A/1.jpg '{size: 7}')
		same changed "$(jq -r .error.code <<<"$output")"
		has "$stderr" "list it again"
	done
}

@test "gp-fetch: a link, a folder, a page in place of a photo is none" {
	ln -s /etc/passwd tree/A/link.jpg
	echo '<!doctype html><title>no</title>' >tree/A/page.jpg
	(cd tree && bsdtar -c --format zip -f ../odd.zip A && bsdtar -czf ../odd.tgz A)
	for part in odd.zip odd.tgz; do
		run -1 --separate-stderr gp-fetch < <(record "$part-1" "$part" A/link.jpg
			record "$part-2" "$part" A/
			record "$part-3" "$part" A/page.jpg)
		same "unreadable unreadable bad-content" "$(jq -r '[.id, .error.code] | @tsv' <<<"$output" |
			sort | cut -f2 | paste -sd' ')"
	done
	same "" "$(find "$GP_ARCHIVE/.gp/staging" -type f)"
}

# outside: every file of the test's own folder that is none of the archive's
outside() {
	find . -mindepth 1 ! -path './archive*' ! -path './out*' | sort
}

@test "gp-fetch: a member's name leads nowhere outside staging" {
	python3 - <<-'END'
		import io, os, tarfile, zipfile
		names = ["../../out.jpg", os.environ["PWD"] + "/gp-out.jpg", "A/../../../out2.jpg"]
		data = b"\xff\xd8\xff\xe0 hostile photo"
		with zipfile.ZipFile("h.zip", "w") as z, tarfile.open("h.tgz", "w:gz") as t:
		    for name in names:
		        z.writestr(zipfile.ZipInfo(name), data)
		        info = tarfile.TarInfo(name)
		        info.size = len(data)
		        t.addfile(info, io.BytesIO(data))
	END
	mkdir out
	outside >out/before
	for part in h.zip h.tgz; do
		for name in ../../out.jpg "$PWD/gp-out.jpg" A/../../../out2.jpg; do
			record "$part$name" "$part" "$name"
		done
	done | gp-fetch >out/records
	same 6 "$(jq -r 'select(.file) | .id' out/records | wc -l)"
	same 6 "$(find "$GP_ARCHIVE/.gp/staging" -type f ! -name '*.json' | wc -l)"
	same "$(cat out/before)" "$(outside)"
}

@test "gp-fetch: a bomb is refused, in a zip and in a tgz" {
	{ printf '\377\330\377\340'; head -c 40000000 /dev/zero; } >tree/A/bomb.jpg
	(cd tree && bsdtar -c --format zip -f ../b.zip A && bsdtar -czf ../b.tgz A)
	for part in b.zip b.tgz; do
		run -1 --separate-stderr gp-fetch < <(record "$part" "$part" A/bomb.jpg)
		has "$stderr" "photo"
		same "" "$(find "$GP_ARCHIVE/.gp/staging" -type f)"
	done
}

@test "gp-fetch: killed in the middle of a part, what is whole is not taken out again" {
	for n in $(seq 200); do
		photo "tree/A/$n.jpg" "$n"
		noise "$n" 50000 >>"tree/A/$n.jpg"
	done
	(cd tree && bsdtar -czf ../big.tgz A)
	record @ big.tgz A/@.jpg >one
	one=$(<one)
	for n in $(seq 200); do printf '%s\n' "${one//@/$n}"; done >in
	killed_at renameat 100 gp-fetch <in >/dev/null
	same 1 "$struck" "killed"
	find "$GP_ARCHIVE/.gp/staging" -type f ! -name '*.part' ! -name '*.gp-new' -printf '%f %i\n' | sort >found
	# the kill may come between a record and the name of its file, which is not whole then
	awk 'NR == FNR { has[$1]; next } { file = $1; sub(/\.json$/, "", file) } file in has' found found >before
	[ -s before ]
	gp-fetch <in >out
	same 200 "$(jq -r 'select(.file) | .id' out | wc -l)"
	find "$GP_ARCHIVE/.gp/staging" -type f -printf '%f %i\n' | sort >after
	same "" "$(comm -23 before after)"
	while read -r id file; do cmp "tree/A/$id.jpg" "$file"; done < <(jq -r '.id + " " + .file' out)
}

@test "gp-fetch: a full disk in the middle of a part ends it, exit 2, all accounted for" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount a small disk"
	mkdir small
	mount -t tmpfs -o size=1500k none small || skip "needs the right to mount"
	gp-index -C small --init
	for n in $(seq 60); do
		photo "tree/A/$n.jpg" "$n"
		noise "$n" 50000 >>"tree/A/$n.jpg"
	done
	(cd tree && bsdtar -czf ../big.tgz A)
	for n in $(seq 60); do record "$n" big.tgz "A/$n.jpg"; done >in
	status=0
	gp-fetch -C small <in >out 2>err || status=$?
	cp -r small kept
	umount small
	same 2 "$status"
	same 60 "$(jq -r .id out | sort -u | wc -l)"
	same no-space "$(jq -r '.error.code // empty' out | sort -u)"
	has "$(cat err)" "make room"
	same "" "$(find kept -name '*.part')"
}

# bats test_tags=unsanitized
@test "gp-fetch: 200,000 members of one tgz in less than 64 MiB, in one pass" {
	n=$([ -n "$GP_LONG" ] && echo 200000 || echo 5000)
	python3 - "$n" <<-'END'
		import io, sys, tarfile, json, os
		here = os.getcwd()
		with tarfile.open("many.tgz", "w:gz", compresslevel=1) as t, open("in", "w") as out:
		    for i in range(int(sys.argv[1])):
		        data = b"\xff\xd8\xff\xe0 photo %d" % i
		        info = tarfile.TarInfo("Takeout/Google Photos/Photos from 2024/IMG_%06d.jpg" % i)
		        info.size = len(data)
		        t.addfile(info, io.BytesIO(data))
		        out.write(json.dumps({"id": str(i), "source": "takeout", "filename": "IMG_%06d.jpg" % i,
		            "size": len(data), "url": "file://%s/many.tgz" % here, "member": info.name,
		            "metadata": {"description": "x" * 500}}) + "\n")
	END
	env time -f %M -o peak gp-fetch <in >out
	same "$n" "$(jq -r 'select(.file) | .id' out | wc -l)"
	[ "$(cat peak)" -lt 65536 ] || fail "$(cat peak) KiB"
}
