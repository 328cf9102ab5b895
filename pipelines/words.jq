# Numbers as people read them.

def commas: tostring | [scan(".")] | reverse | [range(0; length; 3) as $i | .[$i:$i + 3] | reverse | add] | reverse | join(",");
def gb: . / 1e8 | round | "\(. / 10 | floor).\(. % 10) GB";
def many($what): "\(commas) \($what)\(if . == 1 then "" else "s" end)";
def day: .[0:10];
