# The record scanner held against jq, on generated lines good and bad. The
# differences that are agreed stand in tests/record-jq/compare, with reasons.
# builds: san
bats_require_minimum_version 1.5.0
load helper

# what record-cat says, said by jq; a member that holds U+0000 is no text to us
JQ='def text: if type == "string" and (explode | any(. == 0) | not) then . else null end;
    try (fromjson |
         if type == "object" and ((.id | type) == "string" or .error != null)
         then {ok: true, id: (.id | text), t: (.t | text), v} else {ok: false} end)
    catch {ok: false}'

setup_file() {
	local src=$TESTS/../src
	cc -std=c17 -O1 -g -D_GNU_SOURCE -I"$src" \
		-fsanitize=address,undefined -fno-sanitize-recover=all \
		-o "$BATS_FILE_TMPDIR/record-cat" "$TESTS/record-jq/record-cat.c" \
		"$src"/lib/{record/{record,record-reader,json-member,scan},program/{msg,out},utf8,buf,mem,files/file,num}.c
}

# hold N SEED: the two on N lines
hold() {
	cd "$BATS_TEST_TMPDIR" || return 1
	"$TESTS/record-jq/generate" "$1" "$2" >lines
	same "$1" "$(wc -l <lines)" lines
	"$BATS_FILE_TMPDIR/record-cat" <lines >ours.raw
	# our values as jq spells them: numbers and escapes have many forms
	command jq -Rc 'try fromjson catch {ok: true, too: "deep"}' <ours.raw >ours
	command jq -Rc "$JQ" <lines >jqs
	"$TESTS/record-jq/compare" lines ours jqs
}

@test "record: 20,000 generated lines are taken and refused as by jq" {
	hold 20000 1
}

@test "record: 1,000,000 generated lines are taken and refused as by jq (--long)" {
	local seed
	long_only
	seeded
	hold 1000000 "$seed"
}
