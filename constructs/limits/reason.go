package limits

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Words that do not explain anything: fillers and placeholders, negations, what the settings do, and
// their contrary. The lists cannot be complete in any language, and [Reason] does not need them to be.
var (
	fillers = words(`a about all an and any anything are as at be because been by can could decided default do does else empty ever
		everything fixme for from have here how i if in is it its just later let may maybe me must my of off ok okay on one or our
		placeholder please reason reasons s shall should so some tbd that the then there they this to todo true unknown until up
		us value was we what when where which who why will with would y yes yet you
		aber aus bitte da das dass den der die ein eine es grund ist ja muss noch nur oder soll und warum weil weiss wegen wir zu
		au avec car ce de du elle en est et la le les mais motif ou oui par pour pourquoi que raison se sur un une
		al como con cual del el ella motivo para por porque razon razón si sí una y
		che il lo ma motivo non perché perche per ragione di e sì
		da em motivo o os porquê sim uma
		dat deze door een en geen het is ja naar omdat reden van voor waarom
		理由 なぜ 原因 为什么 为`)
	negations = words(`no not never none nothing nobody nope n na nil null off false undefined without cannot dont don t nay
		nicht nichts nie niemals nein kein keine keinen ohne
		aucun aucune jamais ne ni non pas rien sans
		nada ningun ningún ninguna ninguno nunca sin
		nessun nessuna nessuno niente senza
		não nao nenhum nenhuma sem
		geen niet niets nee nooit zonder
		нет не никогда нету без なし ない 無し 無 没有 无 否`)
	acts = words(`acceptable accept accepted allow allowed destroy destroyed delete deleted deletion disable disabled disposable downtime drop dropped
		erase erased ignore ignored lose lost permitted remove removed
		gelöscht geloescht löschen loeschen entfernen erlaubt
		effacer supprimer supprimé permis autorisé
		borrar eliminar permitido cancellare eliminare apagar excluir
		verwijderen toegestaan удалять удалить 削除 删除`)
	keeps = words(`keep kept preserve preserved protect protected retain retained
		behalten bewahren schützen conserver garder protéger conservar guardar mantener proteger bewaren houden`)
)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}

// Reason checks the text that switches a protection off. A single word is refused in every language,
// because no list of the words that mean "no" is complete. Several words are refused where none of them
// explains anything, and where they demand the contrary. An empty text is left to the caller.
func Reason(text, what string) error {
	all := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	switch {
	case text == "":
		return nil
	case len(all) < 2 || !slices.ContainsFunc(all, explains):
		return fmt.Errorf("%s is not a reason; explain in two words or more why %s, or leave it out", Quote(text), what)
	case demandsTheContrary(all):
		return fmt.Errorf("%s can be read as a refusal; explain in other words why %s, or leave it out", Quote(text), what)
	}
	return nil
}

func explains(word string) bool {
	return !fillers[word] && !negations[word] && !acts[word] && !keeps[word]
}

// demandsTheContrary finds "must not be deleted" and "please keep the data", but not "no customers" or
// "to keep costs low".
func demandsTheContrary(all []string) bool {
	rest := slices.DeleteFunc(slices.Clone(all), func(word string) bool { return fillers[word] && !negations[word] })
	for i, word := range rest[1:] {
		if negations[rest[i]] && acts[word] {
			return true
		}
	}
	return keeps[rest[0]] && all[0] != "to"
}
