# The report for a person.

include "words";
# a title of an album may hold line ends and what moves the cursor: it must not
# write lines of its own here
((if .safe then "Is everything safe? Yes: every file has \(.rule.copies) copies proved within \(.rule.days) days."
else "Is everything safe? No:", (.lacking[] | "  - " + .) end),
(if (.next | length) > 0 then "To do:", (.next[] | "  - " + .) else empty end),
"",
"Archive   \(.archive): \(.files | commas) files, \(.bytes | gb)",
(.albums[] | "Album     \(.title): \(.files | commas) files, \(.bytes | gb)"),
(.copies[] | "Copy      \(.copy): \(.files | commas) files\(if .lacks > 0 then ", \(.lacks | commas) lacking" else "" end), oldest proof \(.oldest | day)\(if .configured then "" else " (no longer in gp.conf)" end)"),
(.discs[] | "Disc      \(.label): \(.files | commas) files, \(.state)"),
(if .drill then "Drill     \(.drill.time | day) from \(.drill.copy)" else empty end),
(.runs[0:4][] | "Run       \(.ended | day) \(.state): \(.sentence)")) | gsub("[\u0000-\u001f\u007f-\u009f]"; " ")
