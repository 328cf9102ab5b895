# gp-list with the Library API; the other sources have files of their own.
# builds: san

bats_require_minimum_version 1.5.0
load helper
load answers

setup_file() { answers_start; }
teardown_file() { answers_stop; }
setup() {
	answers_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}
teardown() {
	[ -z "${MANY_PID:-}" ] || kill "$MANY_PID" || true
	common_teardown
}

ids() { jq -r .id <<<"$output" | paste -sd ' '; }

@test "gp-list: a photo's record has every field as it should be" {
	answers "$(page '' "$(photo 1)")"
	run -0 --separate-stderr gp-list library:
	same "" "$stderr" stderr
	same 'ALvc-1 library default IMG_1.JPG image/jpeg 2024-05-01T10:20:30Z 4032 3024 no https://lh3.googleusercontent.com/lr/1=d' \
		"$(jq -r '[.id,.source,.account,.filename,.mimeType,.creationTime,.width,.height,.original,.url]|join(" ")' <<<"$output")"
	same 'number number' "$(jq -r '"\(.width|type) \(.height|type)"' <<<"$output")"
	same false "$(jq 'has("album") or has("session") or has("page") or has("error")' <<<"$output")"
	near "$(jq -r .urlTime <<<"$output")"
	[[ "$(jq -r .urlTime <<<"$output")" == *Z ]]
}

@test "gp-list: metadata is what Google said, to the letter" {
	local item='{"id":"i","baseUrl":"https://h.googleusercontent.com/1","n":1.10,"big":12345678901234567890123,"e":1E+2,"text":"caf\u00e9 \u0000 \/ \" \\ { , : ] é","list":[ 1 , {"a" : [ ] } ],"no":{ },"filename":"a.jpg"}'
	answers "$(jq -cn --arg raw "{ \"mediaItems\" : [
	    $item ] }" '{$raw}')"
	run -0 --separate-stderr gp-list library:
	has "$output" '"n":1.10,"big":12345678901234567890123,"e":1E+2,"text":"caf\u00e9 \u0000 \/ \" \\ { , : ] é","list":[1,{"a":[]}],"no":{},'
}

@test "gp-list: metadata is kept while it leaves room, then left out and said; what is too long without it is an error" {
	described() { printf ',"description":"%*s"' "$1" ""; }
	answers "$(page '' "$(photo 1 "$(described 950000)")" "$(photo 2 "$(described 990000)")" "$(photo 3 "$(described 2000000)")")" \
		"$(page '' "{\"id\":\"i\",\"baseUrl\":\"https://h.googleusercontent.com/1\",\"filename\":\"$(printf '%*s' 1100000 "")\"}")"
	run -0 --separate-stderr gp-list library:
	same 'IMG_1.JPG true false IMG_2.JPG false false IMG_3.JPG false false' \
		"$(jq -r '"\(.filename) \(has("metadata")) \(has("error"))"' <<<"$output" | paste -sd ' ')"
	same 3 "$(grep -c '"creationTime":"2024-05-01T10:20:30Z".*"url":' <<<"$output")"
	same 'gp-list: IMG_2.JPG: its metadata is too long for a record (967 KiB); left out
gp-list: IMG_3.JPG: its metadata is too long for a record (1953 KiB); left out' "$stderr"
	run -1 --separate-stderr gp-list library:
	same 'i too-long' "$(jq -r '"\(.id) \(.error.code)"' <<<"$output")"
	has "$stderr" "the record would grow beyond 1 MiB with filename"
}

@test "gp-list: a video is asked for as =dv, whatever names it one" {
	answers "$(page '' "$(video 1 READY)" \
		'{"id":"m","baseUrl":"https://h.googleusercontent.com/m","mimeType":"video/quicktime"}' \
		'{"id":"n","baseUrl":"https://h.googleusercontent.com/n","mediaMetadata":{"video":{}}}')"
	run -0 gp-list library:
	same 'https://lh3.googleusercontent.com/lr/1=dv https://h.googleusercontent.com/m=dv https://h.googleusercontent.com/n=dv' \
		"$(jq -r .url <<<"$output" | paste -sd ' ')"
}

@test "gp-list: a name with a NUL inside keeps its text and its extension" {
	local item='"filename":"IMG\u00001\u0000.JPG","mimeType":"image/jpeg"'
	answers "{\"body\":{\"mediaItems\":[{\"id\":\"i\",\"baseUrl\":\"https://h.googleusercontent.com/1\",$item}]}}"
	run -0 --separate-stderr gp-list library:
	same IMG_1_.JPG "$(jq -r .filename <<<"$output")"
	has "$(jq -c .metadata.filename <<<"$output")" 'IMG\u00001\u0000.JPG'
}

@test "gp-list: a motion photo is one record, its still" {
	answers "$(page '' '{"id":"p","baseUrl":"https://h.googleusercontent.com/p","mimeType":"image/jpeg","filename":"PXL_1.MP.jpg","mediaMetadata":{"photo":{}}}')"
	run -0 gp-list library:
	same 'https://h.googleusercontent.com/p=d' "$(jq -r .url <<<"$output")"
}

@test "gp-list: pages are asked for until there is no token, empty ones too" {
	answers "$(page a/b+c "$(photo 1)")" '{"body":{"nextPageToken":"t2"}}' \
		"$(page t3)" "$(page '' "$(photo 2)")"
	run -0 --separate-stderr gp-list library:
	same 'ALvc-1 ALvc-2' "$(ids)"
	same 'GET /v1/mediaItems?pageSize=100
GET /v1/mediaItems?pageSize=100&pageToken=a%2Fb%2Bc
GET /v1/mediaItems?pageSize=100&pageToken=t2
GET /v1/mediaItems?pageSize=100&pageToken=t3' "$(asked)"
}

@test "gp-list: an item repeated from the last page is dropped" {
	answers "$(page t1 "$(photo 1)" "$(photo 2)")" \
		"$(page t2 "$(photo 2)" "$(photo 3)")" '{"body":{"nextPageToken":"t3"}}' \
		"$(page '' "$(photo 3)" "$(photo 4)")"
	run -0 --separate-stderr gp-list library:
	same 'ALvc-1 ALvc-2 ALvc-3 ALvc-4' "$(ids)"
}

@test "gp-list: a page token that comes twice ends it, said, exit 2" {
	answers "$(page a "$(photo 1)")" "$(page b "$(photo 2)")" "$(page a "$(photo 3)")"
	run -2 --separate-stderr gp-list library:
	same 'ALvc-1 ALvc-2 ALvc-3' "$(ids)"
	has "$stderr" 'same page token twice'
	has "$stderr" 'the listing is incomplete: it ended after 3 items'
	same 3 "$(asked | wc -l)" requests
}

@test "gp-list: a page token that dies ends it, said, exit 2" {
	answers "$(page a "$(photo 1)")" "$(refusal 400 INVALID_ARGUMENT 'Invalid page token.')"
	run -2 --separate-stderr gp-list library:
	same 'ALvc-1' "$(ids)"
	has "$stderr" 'Invalid page token.'
	has "$stderr" 'the listing is incomplete: it ended after 1 items'
}

@test "gp-list: sizes may be strings or integers; odd ones are left out" {
	answers "$(page '' \
		'{"id":"a","baseUrl":"https://h.googleusercontent.com/a","mediaMetadata":{"width":10,"height":"20"}}' \
		'{"id":"b","baseUrl":"https://h.googleusercontent.com/b","mediaMetadata":{"width":"x","height":0}}')"
	run -0 gp-list library:
	same $'[10,20]\n[null,null]' "$(jq -c '[.width,.height]' <<<"$output")"
}

@test "gp-list: fields that are missing are left out, no more" {
	answers "$(page '' '{"id":"a","baseUrl":"https://h.googleusercontent.com/a"}' \
		'{"id":"b","baseUrl":"https://h.googleusercontent.com/b","filename":"","mimeType":"","mediaMetadata":{"creationTime":"yesterday"}}')"
	run -0 --separate-stderr gp-list library:
	same "" "$stderr" stderr
	same $'account id metadata original source url urlTime\naccount id metadata original source url urlTime' \
		"$(jq -r 'keys|join(" ")' <<<"$output")"
}

@test "gp-list: times are in UTC" {
	answers "$(page '' \
		'{"id":"a","baseUrl":"https://h.googleusercontent.com/a","mediaMetadata":{"creationTime":"2024-05-01T01:20:30+02:00"}}' \
		'{"id":"b","baseUrl":"https://h.googleusercontent.com/b","mediaMetadata":{"creationTime":"1969-05-01T01:20:30.466Z"}}')"
	run -0 gp-list library:
	same $'2024-04-30T23:20:30Z\n1969-05-01T01:20:30.466Z' "$(jq -r .creationTime <<<"$output")"
}

@test "gp-list: an item without id or baseUrl is an error record, exit 1" {
	answers "$(page '' '{"filename":"x.jpg","baseUrl":"https://h.googleusercontent.com/x"}' \
		'{"id":"q","filename":"q.jpg"}' '{}' "$(photo 1)")"
	run -1 --separate-stderr gp-list library:
	same 'missing-field missing-field missing-field none' \
		"$(jq -r '.error.code // "none"' <<<"$output" | paste -sd ' ')"
	same 'false true false true' "$(jq 'has("id")' <<<"$output" | paste -sd ' ')"
	same 'gp-list' "$(jq -r 'select(.error).error.stage' <<<"$output" | sort -u)"
	same 'x.jpg' "$(jq -r .filename <<<"$output" | head -n 1)"
	has "$stderr" 'gp-list: x.jpg: the item has no id'
	has "$stderr" 'gp-list: ?: the item has no id'
	has "$stderr" 'gp-list: q.jpg: the item has no baseUrl'
}

@test "gp-list: a video still processing is left for the next run and said" {
	answers "$(page '' "$(video 1 PROCESSING)" "$(photo 2)" "$(video 3 READY)")"
	run -0 --separate-stderr gp-list library:
	same 'ALvc-2 ALvc-3' "$(ids)"
	has "$stderr" 'VID_1.MP4: Google is still processing this video; left for the next run'
}

@test "gp-list: a video that Google could not process is an error record" {
	answers "$(page '' "$(video 1 FAILED)")"
	run -1 --separate-stderr gp-list library:
	same processing "$(jq -r .error.code <<<"$output")"
	has "$stderr" 'VID_1.MP4: Google could not process'
}

@test "gp-list: an album by id has its title from albums.get" {
	answers '{"body":{"id":"AL/1","title":"Ezra & Ünï","mediaItemsCount":"2"}}' \
		"$(page t "$(photo 1)")" "$(page '' "$(photo 2)")"
	run -0 --separate-stderr gp-list AL/1
	same "" "$stderr" stderr
	same $'{"id":"AL/1","title":"Ezra & Ünï"}\n{"id":"AL/1","title":"Ezra & Ünï"}' "$(jq -c .album <<<"$output")"
	same 'GET /v1/albums/AL%2F1
POST /v1/mediaItems:search {"pageSize":100,"albumId":"AL/1"}
POST /v1/mediaItems:search {"pageSize":100,"albumId":"AL/1","pageToken":"t"}' "$(asked)"
}

@test "gp-list: album:TITLE finds the album on any page, in any spelling of é" {
	answers '{"body":{"albums":[{"id":"1","title":"Ez"},{"id":"9"}],"nextPageToken":"n"}}' \
		"$(jq -cn '{body:{albums:[{id:"2",title:"caf\u0065\u0301"}]}}')" "$(page '' "$(photo 1)")"
	run -0 --separate-stderr gp-list 'album:café'
	same 2 "$(jq -r .album.id <<<"$output")"
	same 'GET /v1/albums?pageSize=50
GET /v1/albums?pageSize=50&pageToken=n
POST /v1/mediaItems:search {"pageSize":100,"albumId":"2"}' "$(asked)"
}

@test "gp-list: two albums with one title are not guessed at, exit 2" {
	answers '{"body":{"albums":[{"id":"one","title":"Ezra"},{"id":"two","title":"Ezra"}]}}'
	run -2 --separate-stderr gp-list album:Ezra
	same "" "$output"
	has "$stderr" one
	has "$stderr" two
	has "$stderr" 'give the id'
}

@test "gp-list: a title that no album has says what Google shows, exit 2" {
	answers '{"body":{"albums":[{"id":"one","title":"Other"}]}}'
	run -2 --separate-stderr gp-list album:Ezra
	same "" "$output"
	has "$stderr" 'March 2025'
	has "$stderr" 'picker:, takeout: or dir:'
}

@test "gp-list: an album that is not the app's own says so, however refused" {
	local answer
	for answer in "$(refusal 404 NOT_FOUND 'Not found')" \
		"$(refusal 400 INVALID_ARGUMENT 'Invalid album ID.')" \
		"$(refusal 403 PERMISSION_DENIED 'The caller does not have permission')"; do
		answers "$answer"
		run -2 --separate-stderr gp-list SomeAlbumId
		same "" "$output"
		has "$stderr" 'March 2025'
		has "$stderr" 'other people'
	done
}

@test "gp-list: an album that shows less than it counts says so" {
	answers '{"body":{"id":"A","title":"Ezra","mediaItemsCount":"12"}}' "$(page '' "$(photo 1)")"
	run -0 --separate-stderr gp-list A
	has "$stderr" 'counts 12 items in this album but shows 1'
	answers '{"body":{"id":"A","title":"Ezra","mediaItemsCount":"12"}}' '{"body":{}}'
	run -0 --separate-stderr gp-list --allow-empty A
	has "$stderr" 'counts 12 items in this album but shows 0'
}

@test "gp-list: nothing found is exit 2 and says why" {
	answers '{"body":{},"repeat":true}'
	run -2 --separate-stderr gp-list library:
	same "" "$output"
	has "$stderr" 'nothing found'
	has "$stderr" 'March 2025'
	has "$stderr" 'picker:, takeout: or dir:'
	has "$stderr" 'other people'
	run -0 --separate-stderr gp-list --allow-empty library:
	same "" "$output$stderr"
}

@test "gp-list: one empty source among others is exit 2" {
	answers "$(page '' "$(photo 1)")" '{"body":{"id":"A","title":"E"}}' '{"body":{}}'
	run -2 --separate-stderr gp-list library: A
	same ALvc-1 "$(ids)"
	has "$stderr" 'gp-list: A: nothing found'
}

@test "gp-list: 429 and 5xx are waited out, Retry-After is honoured" {
	answers "$(refusal 503 UNAVAILABLE 'The service is currently unavailable.')" \
		'{"code":500,"body":"<html>oops"}' \
		'{"code":429,"headers":{"Retry-After":"2"},"body":{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"Quota exceeded for limit Requests per minute"}}}' \
		"$(page '' "$(photo 1)")"
	[ "$(slept gp-list library:)" -ge 2000 ]
	same ALvc-1 "$(jq -r .id out)"
	has "$(cat err)" 'waiting 2.0 s before try 4 of 10'
}

@test "gp-list: 429 without Retry-After waits thirty times as long" {
	answers "$(refusal 429 RESOURCE_EXHAUSTED 'Quota exceeded for limit Requests per minute')" \
		"$(page '' "$(photo 1)")"
	GP_BACKOFF_MS=10 run -0 --separate-stderr gp-list library:
	has "$stderr" 'waiting 0.3 s before try 2'
}

@test "gp-list: a cut answer and one that is no JSON are asked for again" {
	answers '{"body":{"mediaItems":[]},"length":9999}' '{"body":"<html>sign in</html>"}' \
		'{"body":"{\"mediaItems\":[]} and more"}' "$(page '' "$(photo 1)")"
	run -0 --separate-stderr gp-list library:
	same ALvc-1 "$(ids)"
	same 4 "$(asked | wc -l)" requests
}

@test "gp-list: an answer of no byte ends no listing; {} and a page without items are whole" {
	answers '{"body":""}' "$(page t "$(photo 1)")" '{"body":""}' "$(page '' "$(photo 2)")"
	run -0 --separate-stderr gp-list library:
	same 'ALvc-1 ALvc-2' "$(ids)"
	has "$stderr" 'the answer is empty'
	answers "$(page t "$(photo 1)")" '{"body":"","repeat":true}'
	run -2 --separate-stderr gp-list library:
	has "$stderr" 'the listing is incomplete: it ended after 1 items'
	answers "$(page t "$(photo 1)")" '{"body":{"nextPageToken":"u"}}' '{"body":{}}'
	run -0 gp-list library:
}

# items NAME: pages whose list NAME, or what is in it, has not its type
items() {
	bodies '{"@":{}}' '{"@":"none"}' '{"@":null}' '{"nextPageToken":7}' '{"nextPageToken":null}' \
		'{"@":[7]}' '{"@":[null]}' '{"@":[{"id":"1"},[]]}' '{"@":[{"id":7}]}' "${@:2}"
	BODIES=("${BODIES[@]//@/$1}")
}

@test "gp-list: no list ends, and no album is named, by an answer that is not whole" {
	local album='{"body":{"id":"A","title":"Ezra","mediaItemsCount":"2"}}'
	local end
	items mediaItems '{"@":[{"id":"1","baseUrl":7}]}' '{"@":[{"id":"1","filename":7}]}' \
		'{"@":[{"id":"1","mimeType":7}]}' '{"@":[{"id":"1","mediaMetadata":7}]}' \
		'{"@":[{"id":"1","mediaMetadata":{"video":7}}]}' \
		'{"@":[{"id":"1","mediaMetadata":{"video":{"status":7}}}]}'
	BAD=("${CUT[@]}" "${BODIES[@]}")
	FIRST=("$(page t "$(photo 1)")") REST=("$(page '' "$(photo 2)")")
	whole_or_nothing gp-list library:
	# the album's own list is asked for in another way
	BAD=("${CUT[@]:0:7}" "${BODIES[@]:0:9}")
	FIRST=("$album" "$(page t "$(photo 1)")")
	whole_or_nothing gp-list A
	bodies '{}' '{"id":7}' '{"id":"A","title":7}' '{"title":"Ezra"}'
	BAD=("${CUT[@]}" "${BODIES[@]}")
	FIRST=() REST=("$album" "$(page '' "$(photo 1)")")
	whole_or_nothing gp-list A
	items albums '{"@":[{"id":"A","title":7}]}'
	BAD=("${CUT[@]}" "${BODIES[@]}")
	FIRST=('{"body":{"albums":[{"id":"A","title":"Ezra"}],"nextPageToken":"n"}}')
	REST=('{"body":{"albums":[{"id":"B","title":"Zoo"}]}}')
	whole_or_nothing gp-list --albums
	FIRST=("${REST[@]}") FIRST=("${FIRST[0]/]\}/],\"nextPageToken\":\"n\"\}}")
	REST=('{"body":{"albums":[{"id":"A","title":"Ezra"}]}}' "$(page '' "$(photo 1)")")
	BAD=("${CUT[@]:0:7}" "${BODIES[@]}")
	whole_or_nothing gp-list album:Ezra
	# whole: nothing, a page of nothing but its token, an empty token
	for end in '{}' '{"nextPageToken":""}' '{"mediaItems":[]}' '{"mediaItems":[],"later":7}'; do
		answers "$(page t "$(photo 1)")" '{"body":{"nextPageToken":"u"}}' "{\"body\":$end}"
		run -0 --separate-stderr gp-list library:
		same 'ALvc-1' "$(ids)"
		same 3 "$(asked | wc -l)" requests
	done
	answers '{"body":{"nextPageToken":"u"}}' '{"body":{}}'
	run -0 --separate-stderr gp-list --allow-empty library:
	same 2 "$(asked | wc -l)" requests
}

@test "gp-list: what never works is given up, said, exit 2" {
	answers '{"code":503,"body":"busy","repeat":true}'
	run -2 --separate-stderr gp-list library:
	same "" "$output"
	same 10 "$(asked | wc -l)" tries
	has "$stderr" 'Google answers 503'
	has "$stderr" 'given up after 10 tries'
}

@test "gp-list: failing in the middle is exit 2 and says how far it came" {
	answers "$(page t "$(photo 1)" "$(photo 2)")" '{"code":500,"repeat":true}'
	run -2 --separate-stderr gp-list library:
	same 'ALvc-1 ALvc-2' "$(ids)"
	has "$stderr" 'the listing is incomplete: it ended after 2 items'
}

@test "gp-list: an answer of another shape is no empty listing" {
	local body
	for body in '{"mediaItems":{}}' '{"mediaItems":"none"}' '{"nextPageToken":7}'; do
		answers "{\"body\":$body,\"repeat\":true}"
		run -2 --separate-stderr gp-list --allow-empty library:
		has "$stderr" 'makes no sense (given up after 10 tries)'
		# a slip is asked for again
		answers "{\"body\":$body}" "$(page '' "$(photo 1)")"
		run -0 --separate-stderr gp-list library:
		same ALvc-1 "$(ids)"
	done
}

@test "gp-list: the daily quota is exit 3 with the hour it starts again" {
	local refused
	refused=$(refusal 429 RESOURCE_EXHAUSTED "Quota exceeded for quota metric 'All requests' and limit 'All requests per day' of service 'photoslibrary.googleapis.com' for consumer 'project_number:1'.")
	answers "$(page t "$(photo 1)")" "$refused"
	TZ=Europe/Berlin run -3 --separate-stderr frozen '2026-11-28 12:00 UTC' gp-list library:
	same ALvc-1 "$(ids)"
	same 2 "$(asked | wc -l)" requests
	has "$stderr" quota
	has "$stderr" 'midnight Pacific time'
	has "$stderr" '2026-11-29 09:00'
	has "$stderr" 'the listing is incomplete: it ended after 1 items'
	answers "$(refusal 429 RESOURCE_EXHAUSTED 'Insufficient tokens for quota ApiCallsPerProjectPerDay')"
	run -3 --separate-stderr gp-list library:
}

@test "gp-list: 401 gets one new token, then it is exit 3" {
	export GP_TOKEN_CMD="echo x >>$BATS_TEST_TMPDIR/asked; echo token-\$(wc -l <$BATS_TEST_TMPDIR/asked)"
	answers "$(refusal 401 UNAUTHENTICATED 'Invalid credentials')" "$(page t "$(photo 1)")" "$(page '' "$(photo 2)")"
	run -0 --separate-stderr gp-list library:
	same 'ALvc-1 ALvc-2' "$(ids)"
	same $'Bearer token-1\nBearer token-2\nBearer token-2' "$(<"$ANSWERS/auth")"
	answers '{"code":401,"repeat":true,"body":{"error":{"code":401,"status":"UNAUTHENTICATED"}}}'
	run -3 --separate-stderr gp-list library:
	has "$stderr" 'gp-auth login'
	same 2 "$(asked | wc -l)" requests
}

@test "gp-list: the token command is told which token was refused, by its hash, and asked once more" {
	# shellcheck disable=SC2016 # for the command's own shell
	export GP_TOKEN_CMD='echo "${GP_TOKEN_REFUSED-none}" >>told; echo "token-$(wc -l <told)"'
	local hash
	hash=$(printf token-1 | sha256sum | cut -c1-64)
	cd "$BATS_TEST_TMPDIR"
	answers "$(refusal 401 UNAUTHENTICATED x)" "$(page '' "$(photo 1)")"
	# what an older run was told is not for this one
	GP_TOKEN_REFUSED=stale run -0 --separate-stderr gp-list library:
	same ALvc-1 "$(ids)"
	same "none $hash" "$(paste -sd ' ' told)"
	rm told
	answers '{"code":401,"repeat":true,"body":{}}'
	run -3 --separate-stderr gp-list library:
	same "none $hash" "$(paste -sd ' ' told)"
	has_not "$stderr" token-1
}

@test "gp-list: 403 says the cure: sign in with the scope, enable the API" {
	answers "$(refusal 403 PERMISSION_DENIED 'Request had insufficient authentication scopes.')"
	run -3 --separate-stderr gp-list library:
	has "$stderr" 'gp-auth login'
	answers "$(refusal 403 PERMISSION_DENIED 'Photos Library API has not been used in project 5 before or it is disabled.')"
	run -2 --separate-stderr gp-list library:
	has "$stderr" 'https://console.cloud.google.com/apis/library/photoslibrary.googleapis.com'
	same 1 "$(asked | wc -l)" requests
}

@test "gp-list: no token is exit 3 when the person must sign in, else 2" {
	answers "$(page '' "$(photo 1)")"
	GP_TOKEN_CMD='echo "sign in again: gp-auth login" >&2; exit 3' run -3 --separate-stderr gp-list library:
	has "$stderr" 'gp-auth login'
	GP_TOKEN_CMD='exit 2' run -2 --separate-stderr gp-list library:
	GP_TOKEN_CMD='true' run -2 --separate-stderr gp-list library:
	has "$stderr" 'printed none'
	same "" "$(asked)" requests
}

@test "gp-list: the token command gets the account and leaves stdin alone" {
	answers '{"body":{},"repeat":true}'
	# shellcheck disable=SC2016 # for the command's own shell
	export GP_TOKEN_CMD='cat >/dev/null; echo token-$GP_ACCOUNT'
	gp-list --account mum --allow-empty library: <<<"not for the token command"
	GP_ACCOUNT=dad gp-list --allow-empty library:
	gp-list --allow-empty library:
	same $'Bearer token-mum\nBearer token-dad\nBearer token-default' "$(<"$ANSWERS/auth")"
}

@test "gp-list: the account is in the records" {
	answers "$(page '' "$(photo 1)")"
	run -0 gp-list --account mum library:
	same mum "$(jq -r .account <<<"$output")"
}

@test "gp-list: the token is in no output, not even with -vv" {
	export GP_TOKEN_CMD='echo s3cr3t-token'
	answers "$(refusal 503 UNAVAILABLE x)" "$(page '' "$(photo 1)")"
	run -0 gp-list -vv library:
	has "$output" '/v1/mediaItems?pageSize=100: 200'
	has_not "$output" s3cr3t
}

@test "gp-list: the first record leaves before the second page is asked for" {
	answers "$(page t "$(photo 1)" "$(photo 2)")" \
		"$(jq -c --arg gate "$BATS_TEST_TMPDIR/gate" '. + {$gate}' <<<"$(page '' "$(photo 3)")")"
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	gp-list library: >"$BATS_TEST_TMPDIR/pipe" 3>&- &
	local pid=$! first
	exec 7<"$BATS_TEST_TMPDIR/pipe"
	# page two is held back: what can be read now left before it came
	read -r -t "$PATIENCE" first <&7
	has "$first" ALvc-1
	touch "$BATS_TEST_TMPDIR/gate"
	same $'ALvc-2\nALvc-3' "$(jq -r .id <&7)"
	exec 7<&-
	wait "$pid"
}

# 60 pages of 100 items with long metadata, 12 MB: more than pipe and memory
many_pages() {
	python3 - <<'PY'
import json
pad = "x" * 2000
for p in range(60):
    items = [{"id": f"i{p:03}-{i:02}", "description": pad,
              "baseUrl": f"https://h.googleusercontent.com/{p}-{i}"}
             for i in range(100)]
    body = {"mediaItems": items}
    if p < 59:
        body["nextPageToken"] = f"t{p}"
    print(json.dumps({"body": body}))
PY
}

@test "gp-list: a slow reader holds no page up, and nothing is lost" {
	answers "$(many_pages)"
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	gp-list library: >"$BATS_TEST_TMPDIR/pipe" 3>&- &
	local pid=$!
	exec 7<"$BATS_TEST_TMPDIR/pipe"
	# nobody reads, and still all pages are asked for
	all_asked() { [ "$(asked | wc -l)" -eq 60 ]; }
	wait_for all_asked
	same "" "$(ls -A "$GP_ARCHIVE/.gp/listings")" 'the spool file has no name'
	jq -r .id <&7 >"$BATS_TEST_TMPDIR/got"
	exec 7<&-
	wait "$pid"
	local p i
	for p in {000..059}; do for i in {00..99}; do echo "i$p-$i"; done; done |
		cmp - "$BATS_TEST_TMPDIR/got"
}

# bats test_tags=unsanitized
@test "gp-list: killed while its spool file has a name, it leaves none that the next does not sweep" {
	local folder=$GP_ARCHIVE/.gp/listings
	mkdir -p "$folder"
	answers "$(many_pages)"
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	exec 7<>"$BATS_TEST_TMPDIR/pipe"
	# a file system that makes no file without a name
	{ strace -qq -f -o "$BATS_TEST_TMPDIR/trace" -P "$folder" -e trace=openat,unlinkat \
		-e inject=openat:error=EOPNOTSUPP:when=1 -e inject=unlinkat:signal=KILL \
		gp-list library: >"$BATS_TEST_TMPDIR/pipe" || true; } 2>"$BATS_TEST_TMPDIR/shell"
	exec 7<&-
	has "$(cat "$BATS_TEST_TMPDIR/trace")" "killed by SIGKILL"
	has "$(ls -A "$folder")" nameless
	mkdir "$BATS_TEST_TMPDIR/in"
	python3 "$TESTS/takeout-parts.py" zip "$BATS_TEST_TMPDIR/in" 20260301T040000Z <<<"1 Ezra/IMG_1.jpg = a picture"
	gp-list "takeout:$BATS_TEST_TMPDIR/in" >/dev/null
	has_not "$(ls -A "$folder")" nameless
}

@test "gp-list: without room for a spool the reader sets the pace" {
	answers "$(many_pages)"
	export GP_ARCHIVE=/proc/none/such TMPDIR=/proc/none/such
	# shellcheck disable=SC2094 # the reader waits for what the writer says
	gp-list library: 2>"$BATS_TEST_TMPDIR/stderr" | {
		wait_for grep -q 'no room for a spool' "$BATS_TEST_TMPDIR/stderr"
		jq -r .id
	} >"$BATS_TEST_TMPDIR/got"
	same 6000 "$(wc -l <"$BATS_TEST_TMPDIR/got")"
}

@test "gp-list: --limit asks for no more pages than it needs" {
	answers "$(page a "$(photo 1)" "$(photo 2)" "$(photo 3)")" "$(page b "$(photo 4)" "$(photo 5)")"
	run -0 --separate-stderr gp-list --limit 2 library: SomeAlbum
	same 'ALvc-1 ALvc-2' "$(ids)"
	same 1 "$(asked | wc -l)" requests
	answers "$(page a "$(photo 1)" "$(photo 2)" "$(photo 3)")" "$(page b "$(photo 4)" "$(photo 5)")"
	run -0 --separate-stderr gp-list --limit 4 library:
	same 'ALvc-1 ALvc-2 ALvc-3 ALvc-4' "$(ids)"
	same 2 "$(asked | wc -l)" requests
}

@test "gp-list: several sources in one run" {
	answers "$(page '' "$(photo 1)")" '{"body":{"id":"A","title":"E","mediaItemsCount":"1"}}' "$(page '' "$(photo 2)")"
	run -0 --separate-stderr gp-list library: A
	same $'library null ALvc-1\nlibrary A ALvc-2' "$(jq -r '"\(.source) \(.album.id) \(.id)"' <<<"$output")"
}

@test "gp-list: a source that fails does not stop the others" {
	answers "$(refusal 404 NOT_FOUND gone)" "$(page '' "$(photo 1)")"
	run -2 --separate-stderr gp-list A library:
	same ALvc-1 "$(ids)"
}

@test "gp-list: --albums lists id, title and count of every album" {
	answers '{"body":{"albums":[{"id":"1","title":"Ezra","mediaItemsCount":"12"}],"nextPageToken":"n"}}' \
		'{"body":{"albums":[{"id":"2"}]}}'
	run -0 --separate-stderr gp-list --albums
	same $'1 Ezra 12\n2  0' "$(jq -r '"\(.id) \(.title) \(.items)"' <<<"$output")"
	answers '{"body":{}}'
	run -2 --separate-stderr gp-list --albums library:
	has "$stderr" 'March 2025'
	run -2 --separate-stderr gp-list --albums picker:
}

@test "gp-list: with GP_RUN its counts are kept" {
	answers "$(page '' "$(photo 1)" '{"id":"q"}' "$(video 3 PROCESSING)")"
	GP_RUN=r1 run -1 --separate-stderr gp-list library:
	same '{"stage":"gp-list","listed":2,"failed":1,"left":1}' "$(<"$GP_ARCHIVE/.gp/runs/r1/counts.ndjson")"
}

@test "gp-list: listing alone makes no archive" {
	rm -r "$GP_ARCHIVE"
	answers "$(page '' "$(photo 1)")"
	run -0 gp-list library:
	[ ! -e "$GP_ARCHIVE" ]
}

@test "gp-list: a write that fails is exit 2" {
	answers '{"repeat":true,"body":{"mediaItems":[{"id":"a","baseUrl":"https://h.googleusercontent.com/a"}]}}'
	gp_list_full() { gp-list library: >/dev/full; }
	run -2 --separate-stderr gp_list_full
	has "$stderr" 'standard output: No space left'
	gp_list_closed() { "${REAL_CLOCK[@]}" gp-list library: >&-; }
	run -2 --separate-stderr gp_list_closed
	has "$stderr" 'standard output'
}

@test "gp-list: a reader that leaves ends it, exit 2" {
	answers "$(many_pages)"
	run -2 --separate-stderr bash -c 'gp-list library: | head -c 1 >/dev/null; exit "${PIPESTATUS[0]}"'
	has "$stderr" 'standard output: Broken pipe'
}

@test "gp-list: plain http goes to loopback alone" {
	GP_LIBRARY_URL=http://photoslibrary.example run -2 --separate-stderr gp-list library:
	has "$stderr" 'GP_LIBRARY_URL'
	has "$stderr" 'https'
}

@test "gp-list: mistakes on the command line are exit 2 before anything is asked" {
	answers "$(page '' "$(photo 1)")"
	local args
	while read -r args; do
		# shellcheck disable=SC2086 # several arguments
		run -2 --separate-stderr gp-list $args
		same "" "$output" "output of gp-list $args"
		has "$stderr" 'usage: gp-list'
	done <<-'END'

		library: nosuch:x
		album:
		library:x
		picker:x
		picker:newer
		picker:new picker:
		dir:
		picker: picker:
		--limit 0 library:
		--limit 1x library:
		--limit -1 library:
		--album E library:
		--album E --album F picker:
		--albums picker:
		--albums album:E
		--albums --album E
		--nosuch library:
		--account
	END
	same "" "$(asked)" requests
}

@test "gp-list: help and version go to stdout" {
	run -0 --separate-stderr gp-list --help
	has "$output" 'usage: gp-list'
	same "" "$stderr"
	run -0 --separate-stderr gp-list --version
	has "$output" 'gp-list '
}

# bats test_tags=unsanitized
@test "gp-list: a million records stay below 64 MiB, the reader asleep" {
	long_only
	"${REAL_CLOCK[@]}" python3 "$TESTS/answers.py" --many 1000000 "$BATS_TEST_TMPDIR" 3>&- 4>&- &
	MANY_PID=$!
	wait_for test -s "$BATS_TEST_TMPDIR/port"
	GP_LIBRARY_URL=http://127.0.0.1:$(<"$BATS_TEST_TMPDIR/port")
	export GP_LIBRARY_URL
	local memory=$BATS_TEST_TMPDIR/memory
	/usr/bin/time -f %M -o "$memory" gp-list library: | {
		wait_for test -e "$BATS_TEST_TMPDIR/all"
		wc -l
	} >"$BATS_TEST_TMPDIR/lines"
	same 1000000 "$(<"$BATS_TEST_TMPDIR/lines")"
	[ "$(<"$memory")" -lt 65536 ]
}
