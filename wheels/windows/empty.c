/* python3.dll is made of this and a list of names. */
extern const int torsion_empty;
const int torsion_empty = 0;
