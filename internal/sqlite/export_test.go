package sqlite

// Kept is how many bytes of statements the connection remembers.
func (d *Database) Kept() int { return d.size }

const MaxKept = maxKept
