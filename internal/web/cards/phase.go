package cards

import (
	"slices"

	"codegauge/internal/metric"
	"codegauge/internal/question"
)

// DocumentedPhases are the adoption phases that GitHub describes.
var DocumentedPhases = []string{metric.PhaseName(0), metric.PhaseName(1), metric.PhaseName(2), metric.PhaseName(3)}

// phaseSteps are their colours.
var phaseSteps = []Step{StepGrey, StepPale, StepMid, StepStrong}

// PhaseStep is the colour of a phase; more than are documented share one.
func PhaseStep(p *question.Phase) Step {
	i := slices.Index(DocumentedPhases, p.Name)
	switch {
	case p.Others:
		return StepNone
	case i < 0:
		return StepDeep
	}
	return phaseSteps[i]
}
