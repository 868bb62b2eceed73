// Package nearest finds the name that somebody meant.
package nearest

import "strings"

// Name returns the name with the fewest edits from want, letters' case and
// separators aside; "" when there are none.
func Name(want string, names []string) string {
	best, fewest := "", -1
	wanted := plain(want)
	for _, n := range names {
		if d := edits(wanted, plain(n)); fewest < 0 || d < fewest {
			best, fewest = n, d
		}
	}
	return best
}

// Close is Name, but only when the two are alike: at most a third of the
// letters differ.
func Close(want string, names []string) string {
	n := Name(want, names)
	if n == "" || 3*edits(plain(want), plain(n)) > len(plain(n))+2 {
		return ""
	}
	return n
}

var separators = strings.NewReplacer("_", "", "-", "", " ", "")

func plain(s string) string { return separators.Replace(strings.ToLower(s)) }

// edits is the Levenshtein distance in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
