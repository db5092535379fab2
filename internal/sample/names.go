package sample

// firstNames and surnames are put together at random; the people do not exist.
var firstNames = []string{
	"amina", "anders", "aiko", "bela", "beatriz", "caleb", "chidi", "clara", "dalia", "dario", "edda", "emeka", "erin", "fatou", "felix",
	"gita", "goran", "hana", "hugo", "ilse", "ivo", "jana", "jonas", "kaito", "keira", "lale", "leon", "lucia", "mateo", "mina", "nadia",
	"noel", "olga", "omar", "paola", "petr", "quinn", "rafa", "rosa", "samir", "sena", "tariq", "thea", "ulla", "umut", "vera", "viktor",
	"wanda", "wei", "xenia", "yara", "yusuf", "zora", "zane",
}

var surnames = []string{
	"aldermoor", "ashvane", "bakkerud", "balintar", "birkholm", "bramwick", "calloway", "cedervik", "chandrel", "corvani", "dalgren",
	"darvishi", "delmonte", "dunmarrow", "eberlin", "elvestad", "estavio", "farrowby", "fenwark", "ferrando", "galbrait", "gerhalt",
	"glenmoor", "haldane", "harroway", "hexley", "holmgard", "ibarrola", "idowale", "ingvarsen", "jaspersen", "jelinko", "kaldor",
	"karvonen", "kestrelby", "kimathi", "kovrin", "lambeth", "larkmoor", "lindqvar", "lorenza", "maddern", "mahrouk", "marlowski",
	"merrivale", "mondragor", "nakahiro", "navarez", "nordahl", "nwachuko", "oakhurst", "okonedo", "olvander", "ostrava", "pellworth",
	"petrosan", "prasadi", "quarles", "quintaro", "ravenhol", "rensburg", "rosmarin", "saldanor", "sandhu", "severin", "shirakawa",
	"solberg", "stavrou", "tallis", "tanakari", "thornwell", "tremaine", "ullmark", "uzunov", "valcourt", "vanterpol", "varnhagen",
	"velasko", "wachira", "walden", "westerly", "wickstrom", "xavierre", "yamadori", "yilmazer", "zabriski", "zellweg", "zimbari",
}
