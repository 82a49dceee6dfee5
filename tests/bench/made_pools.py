"""The pools of the made records: words, names and journals, each as unevenly used as in a real literature."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass, field
from itertools import accumulate, product
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_COMMON = _split(
    "patients treatment study cells effect disease clinical cancer risk analysis factors children expression health "
    "therapy acute blood human protein chronic activity outcomes response induced controlled surgery syndrome "
    "infection women rats cardiac association care development gene model heart role tumor evaluation growth pressure "
    "following comparison levels mice type liver brain receptor adults mortality quality bone function mechanism "
    "plasma term prevention management diabetes stroke renal pulmonary lung breast muscle population survival "
    "exposure resistance diagnosis prognosis transplantation injury pain drug dose hospital primary severe early "
    "older pregnancy infants artery coronary vascular venous pregnancy insulin glucose obesity weight diet exercise "
    "vitamin sleep depression anxiety cognitive memory stress schizophrenia alcohol smoking nicotine opioid "
    "anesthesia ventilation intensive emergency trauma fracture hip knee spine shoulder rehabilitation stimulation "
    "imaging magnetic resonance ultrasound tomography computed biopsy marker serum urinary fecal oral nasal dermal "
    "ocular retinal corneal auditory dental bacterial viral fungal parasite malaria tuberculosis hepatitis influenza "
    "sepsis pneumonia asthma allergy immune antibody antigen vaccine lymphocyte macrophage cytokine inflammation "
    "fibrosis apoptosis oxidative mitochondrial membrane enzyme kinase inhibitor agonist antagonist channel calcium "
    "potassium sodium iron zinc lipid cholesterol fatty acid peptide hormone estrogen testosterone thyroid cortisol "
    "growth placental fetal neonatal preterm birth mutation polymorphism genome sequencing transcription methylation "
    "microRNA stem progenitor differentiation migration invasion metastasis carcinoma leukemia lymphoma melanoma "
    "glioma sarcoma colorectal gastric pancreatic prostate bladder ovarian cervical thyroid esophageal hepatic kidney "
    "dialysis hypertension failure arrhythmia fibrillation infarction ischemia thrombosis embolism bleeding anemia "
    "platelet coagulation anticoagulation warfarin aspirin statin metformin antibiotic antiviral chemotherapy "
    "radiotherapy immunotherapy placebo nursing education students workers community rural urban school family "
    "caregivers elderly veterans screening policy cost economic digital mobile internet network learning algorithm "
    "prediction validation questionnaire measurement survey cohort incidence prevalence trends national regional "
    "international ethnic racial gender age sex income access barriers"
)
_BEGINNINGS = _split(
    "adeno angio arthro broncho cardio cerebro cholecysto chondro colo cranio cysto cyto dermato electro encephalo "
    "endo entero erythro fibro gastro glomerulo glyco haemato hepato histo hydro hyper hypo immuno intra kerato "
    "laparo laryngo leuko lipo lympho masto meningo micro mono myelo myo nephro neuro onco ophthalmo osteo oto "
    "pancreato patho peri phago pharmaco phlebo photo pneumo poly procto proteo psycho pyelo radio retino rhino sarco "
    "sclero sero spondylo thermo thoraco thrombo thyro toxo tracheo uro vaso xeno"
)
_ENDS = _split(
    "algia blast cele centesis chemical cidal clasis cyte dynamics dysplasia ectasia ectomy edema emia esthesia gen "
    "genesis genic globulin gram graphic graphy itis kinesis kinetic lysis lytic malacia megaly meter metry necrosis "
    "oma osis ostomy otomy pathic pathy penia pexy phage phobia plasty plegia pnea poiesis porosis protein ptosis "
    "rrhagia rrhaphy rrhea scopy sclerosis spasm stasis stenosis statin therapeutic therapy toxic toxicity trophic "
    "trophy tropic vascular"
)
LITTLE = _split(
    "of of of in in in and and the the with with for for on by to from after during between among under versus"
)
OPENINGS = (
    "Effect of", "Effects of", "The effect of", "The role of", "Role of", "Evaluation of", "Comparison of",
    "Impact of", "Association between", "Association of", "Prevalence of", "Incidence of", "Risk factors for",
    "Prognostic value of", "A randomized controlled trial of", "Randomised trial of", "Treatment of", "Management of",
    "Efficacy and safety of", "A case of", "Identification of", "Characterization of", "Development of",
    "Influence of", "Predictors of", "Long-term outcome of", "A systematic review of", "Expression of",
    "Regulation of", "Inhibition of", "Changes in", "Relationship between", "Clinical significance of", "Use of",
    "Quality of life in", "Validation of", "Trends in", "Cost-effectiveness of", "A novel", "Towards",
    "Understanding", "Does", "Is", "Mechanisms of", "Outcomes of",
)  # fmt: skip
SUBTITLES = (
    "a randomized controlled trial", "a systematic review", "a systematic review and meta-analysis", "a case report",
    "a pilot study", "a cohort study", "a cross-sectional study", "a retrospective study", "a prospective study",
    "a qualitative study", "results from a national survey", "a multicentre study", "case report and literature review",
    "study protocol", "a review", "an experimental study", "implications for practice", "a population-based study",
)  # fmt: skip
SERIALS = (
    "Editorial", "In this issue", "From the editor", "Editor's comments", "Letter to the editor", "Reply",
    "Book reviews", "News and notes", "Introduction to the special issue", "Correspondence", "Author's reply",
)  # fmt: skip
YEARLY = (
    "Annual report of the national registry of", "Cancer statistics for", "Report of the national surveillance of",
    "Surveillance summary of", "Guidelines for the management of",
)  # fmt: skip
_FAMILIES = _split(
    "Wang Li Zhang Liu Chen Yang Kim Lee Smith Singh Huang Zhao Wu Zhou Kumar Xu Sun Park Zhu Ma Hu Jones Johnson "
    "Khan Guo He Lin Brown Williams Gao Müller Miller Tanaka Suzuki Sato Garcia Martin Davis Patel Sharma Choi Gupta "
    "Nguyen Silva Rodriguez Fernandez Lopez Schmidt Wilson Anderson Taylor Thompson Rossi Santos Ali Ahmed Hansen "
    "Jensen Nielsen Cohen Andersson Johansson Larsson Yamamoto Nakamura Kobayashi Ito Watanabe Schneider Fischer "
    "Weber Meyer Dubois Moreau Petit Ferrari Russo Bianchi O'Brien Murphy Kelly Walsh Gonzalez Perez Sanchez Ramirez "
    "Torres Oliveira Souza Costa Pereira"
)
_HEADS = _split(
    "Al Bar Ber Bel Bor Cal Car Cor Dal Dan Del Dim Dor Er Fal Fer Gal Gar Gon Gra Hal Ham Har Hel Hol Ib Jan Jor Kal "
    "Kar Kol Kra Lam Lan Lar Len Lor Mal Mar Mel Mik Mor Nad Nak Nor Ok Ol Or Pal Par Pet Pol Ra Ric Ro Sal San Sch "
    "Ser Sin So Ste Tak Tan Tom Tor Val Var Ver Vol Wal Wat Wei Yam Zak Zim"
)
_MIDDLES = _split("a e i o u ada ane ari asha eni era ero evi iga ika ina ino isa oda oma ona oro ova uka umi ura")
_TAILS = _split(
    "bach berg dez dson ert ez gaard heim i ić ing ini ko lund mann mi n nen nov o quist r ri rs s ski t v ya yan z"
)
GIVEN = _split(
    "Anna Bo Carlos David Elena Fatima George Hiroshi Ivan Jun Karin Lei Maria Naoki Olaf Paul Qian Rosa Sanjay "
    "Thomas Uma Victor Wei Xin Yuki Zoe Alice Bernd Chiara Daniel Emma Franck Gita Henrik Isabel John Kofi Laura "
    "Michael Nadia Peter"
)
_JOURNAL_HEADS = (
    ("Journal of", "J"), ("International Journal of", "Int J"), ("European Journal of", "Eur J"),
    ("American Journal of", "Am J"), ("British Journal of", "Br J"), ("Annals of", "Ann"), ("Archives of", "Arch"),
    ("Clinical", "Clin"), ("Current Opinion in", "Curr Opin"), ("Scandinavian Journal of", "Scand J"), ("BMC", "BMC"),
    ("Canadian Journal of", "Can J"), ("Acta", "Acta"), ("Frontiers in", "Front"), ("Chinese Journal of", "Chin J"),
    ("Indian Journal of", "Indian J"), ("Advances in", "Adv"), ("Journal of Clinical", "J Clin"),
)  # fmt: skip
_FIELDS = (
    ("Medicine", "Med"), ("Surgery", "Surg"), ("Research", "Res"), ("Therapeutics", "Ther"), ("Science", "Sci"),
    ("Nursing", "Nurs"), ("Pharmacology", "Pharmacol"), ("Pathology", "Pathol"), ("Imaging", "Imaging"),
    ("and Metabolism", "Metab"), ("Letters", "Lett"), ("Disorders", "Disord"), ("Rehabilitation", "Rehabil"),
)  # fmt: skip
_WORD_STEEPNESS: Final = 0.95
_NAME_STEEPNESS: Final = 0.75


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal with the names and the numbering that its databases give it.

    Attributes:
        first_year: The year before its first volume.
        is_online: True where reports have article numbers in place of pages.
        code: What its DOIs begin with.
    """

    name: str
    abbreviation: str
    first_year: int
    is_online: bool
    code: str


@dataclass(frozen=True, slots=True)
class Zipf:
    """Values of which the n-th is drawn with a weight of 1 / (n + shift) ^ steepness."""

    values: Sequence[str]
    steepness: float
    shift: float = 3.0
    _sums: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sums.extend(accumulate((n + self.shift) ** -self.steepness for n in range(len(self.values))))

    def draw(self, rng: Random) -> str:
        """One value."""
        return self.values[bisect(self._sums, rng.random() * self._sums[-1], 0, len(self.values) - 1)]

    def some(self, rng: Random, n: int) -> list[str]:
        """That many values, some of them again."""
        return rng.choices(self.values, cum_weights=self._sums, k=n)


@dataclass(frozen=True, slots=True)
class Pools:
    """What records are made of.

    Attributes:
        words: Words that carry meaning.
        prose: Words as they follow each other in an abstract.
        families: Family names.
        journals: Journals, the largest first.
    """

    words: Zipf
    prose: Zipf
    families: Zipf
    journals: tuple[Journal, ...]

    def journal(self, rng: Random) -> Journal:
        """One journal; a few print much of everything."""
        return self.journals[int(len(self.journals) * rng.random() ** 2.5)]


def pools(rng: Random, n_journals: int = 3000) -> Pools:
    """The pools, in an order by chance."""
    composed = [a + b for a, b in product(_BEGINNINGS, _ENDS)]
    rng.shuffle(composed)
    common = list(dict.fromkeys(_COMMON))
    words = Zipf([*common, *composed], _WORD_STEEPNESS)
    families = [a + b + c for a, b, c in product(_HEADS, _MIDDLES, _TAILS)]
    rng.shuffle(families)
    # About two words of five in running text are the little ones.
    prose = Zipf([*dict.fromkeys(LITTLE), "was", "were", "we", "is", "that", "as", "or", *common, *composed], 1.0)
    made = (_journal(rng, words) for _ in range(2 * n_journals))
    journals = list({journal.name: journal for journal in made}.values())[:n_journals]
    return Pools(words, prose, Zipf([*_FAMILIES, *families], _NAME_STEEPNESS), tuple(journals))


def _journal(rng: Random, words: Zipf) -> Journal:
    (head, short_head), (tail, short_tail) = rng.choice(_JOURNAL_HEADS), rng.choice(_FIELDS)
    subject = words.draw(rng).capitalize()
    short = subject if len(subject) < 7 else subject[: rng.randint(4, 6)]
    if rng.random() < 0.4:
        name, abbreviation = f"{head} {subject}", f"{short_head} {short}"
    else:
        name, abbreviation = f"{head} {subject} {tail}", f"{short_head} {short} {short_tail}"
    code = "".join(word[0] for word in name.split()).lower() + str(rng.randint(100, 9999))
    return Journal(name, abbreviation, rng.randint(1900, 2010), rng.random() < 0.2, code)
