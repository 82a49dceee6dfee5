"""The word pools of the synthetic records: invented people, places and journals, and the subjects they write about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal, by the names that the databases give it.

    Attributes:
        name: In full.
        abbreviation: As PubMed abbreviates it, without dots.
        issn: Empty for real journals: only what was seen of a citation is shipped.
    """

    name: str
    abbreviation: str
    issn: str = ""

    @property
    def code(self) -> str:
        """Capital letters of the abbreviation, for a DOI."""
        return "".join(letter for letter in self.abbreviation if letter.isupper())


def _issn(serial: int) -> str:
    """An ISSN under 9999 with its check character."""
    digits = f"9999{serial:03d}"
    check = -sum(int(digit) * weight for digit, weight in zip(digits, range(8, 1, -1), strict=True)) % 11
    return f"{digits[:4]}-{digits[4:]}{'X' if check == 10 else check}"


def _pool(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_SUBJECTS = (
    ("Annals of Leukemia", "Ann Leuk"),
    ("Archives of Pediatric Marrow Disease", "Arch Pediatr Marrow Dis"),
    ("Journal of Lymphoid Malignancy", "J Lymphoid Malig"),
    ("Reports in Antibody Therapy", "Rep Antib Ther"),
    ("Transplantation Quarterly", "Transplant Q"),
    ("Bulletin of Childhood Cancer", "Bull Child Cancer"),
    ("Letters in Hematology", "Lett Hematol"),
    ("Review of Immune Engagers", "Rev Immune Engag"),
    ("Journal of Infusion Pharmacy", "J Infus Pharm"),
    ("Clinical Cytometry", "Clin Cytom"),
    ("International Journal of Residual Disease", "Int J Resid Dis"),
    ("Proceedings in Oncology Nursing", "Proc Oncol Nurs"),
    ("Neurotoxicology of Cancer", "Neurotoxicol Cancer"),
    ("Economics of Cancer Drugs", "Econ Cancer Drugs"),
    ("Lymphoma Studies", "Lymphoma Stud"),
    ("Experimental Marrow Biology", "Exp Marrow Biol"),
    ("Case Records in Hematology", "Case Rec Hematol"),
    ("Adolescent Oncology", "Adolesc Oncol"),
    ("European Marrow Letters", "Eur Marrow Lett"),
    ("Pharmacology of Bispecifics", "Pharmacol Bispecifics"),
)
JOURNALS = tuple(
    Journal(f"Synthetic {name}", f"Synth {short}", _issn(serial)) for serial, (name, short) in enumerate(_SUBJECTS, 1)
)
CONGRESSES = tuple(
    Journal(f"Synthetic {name}", f"Synth {short}", _issn(serial))
    for serial, (name, short) in enumerate(
        (
            ("Blood Congress Abstracts", "Blood Congr Abstr"),
            ("Marrow Transplant Meeting Supplement", "Marrow Transplant Meet Suppl"),
            ("Society of Pediatric Oncology Abstracts", "Soc Pediatr Oncol Abstr"),
            ("Hematology Association Congress Book", "Hematol Assoc Congr Book"),
            ("Oncology Annual Meeting Supplement", "Oncol Annu Meet Suppl"),
            ("Lymphoma Conference Supplement", "Lymphoma Conf Suppl"),
        ),
        101,
    )
)

FAMILY_HEADS = _pool(
    "Vard Tess Kolm Brenn Ost Quill Harn Mirk Solv Dran Fell Gost Ipp Jarl Lund Nesk Orv Pell Rusk Stav Tarn Ulv Wenn "
    "Yst Zarn Albr Corv Eldr Fjor Grimm Hask Kest Lorv Marn Nord Øst Prav Świer Tørn Vinc Ækl Çand Žil Núñ Bür"
)
FAMILY_TAILS = _pool(
    "holt mark ovic berg elli anu eira ström inen oglu ante skaya wood essen arro ikova ard uchi ez by"
)
GIVEN = _pool(
    "Ada Bero Cali Dima Edda Faro Gita Hugo Ines Jori Kaja Lino Mara Nils Olga Pavo Quin Rosa Sven Tova Ugo Vera Wim "
    "Xenia Yara Zeno Alba Bruno Clea Dario Elke Fenja Goran Hana Ivo Jana Kuno Lotte Milan Nora"
)
PREFIXES = ("van der", "de la", "von", "de")

PLACES = _pool(
    "Norvalia Kestria Ostermark Belandia Tarsovia Lumeria Quorland Westhaven Zelmark Ardenia Corvania Drusland Elmoria "
    "Fennmark Galdoria Hestonia Ilvania Jorland Kalmeria Lorvania Mirstadt Nethland Orlovia Pellmark Rostavia Silmaria "
    "Thornland Ulmeria Valdoria Wendland-Sud Yoravia Zandoria"
)
TRIALS = _pool(
    "LYNXBRIDGE HERONGATE OTTERFIELD KITEHILL MARTENSHORE PLOVERBAY STOATMOOR WRENFORD TERNHOLM GREBEWATER CURLEWPOINT "
    "DIPPERSTONE EGRETFALL FULMARCLIFF"
)

CHILDREN = (
    "children with second relapse of B-cell acute lymphoblastic leukemia",
    "adolescents with refractory B-lineage leukemia",
    "infants with KMT2A-rearranged leukemia",
    "children with Down syndrome and relapsed leukemia",
    "pediatric patients with isolated extramedullary relapse",
    "children with hypodiploid acute lymphoblastic leukemia",
    "pediatric recipients of cord blood",
    "children unfit for intensive chemotherapy",
    "young patients with persistent residual disease",
    "children with central nervous system involvement",
    "pediatric patients with TCF3-HLF fusion",
    "children with early marrow relapse",
    "toddlers treated outside clinical trials",
    "pediatric patients after failed CAR T cells",
    "schoolchildren with Philadelphia-like leukemia",
    "children with late combined relapse",
    "children in middle-income countries",
    "teenagers with primary induction failure",
)
ADULTS = (
    "adults with Philadelphia chromosome-positive leukemia",
    "older adults unfit for transplantation",
    "adults with molecular failure after induction",
    "patients with diffuse large B-cell lymphoma",
    "elderly patients in first-line treatment",
    "adults with follicular lymphoma",
    "middle-aged adults with high-risk B-precursor leukemia",
    "adults with mantle cell lymphoma",
    "adult recipients of haploidentical grafts",
    "adults with Richter transformation",
    "adult survivors of intensive care",
    "adults with blast crisis of chronic myeloid leukemia",
    "women treated during pregnancy",
    "adults older than 65 years in community hospitals",
    "adults with central nervous system lymphoma",
    "adults relapsing after inotuzumab",
)
CLINICAL = (
    "Blinatumomab before second allogeneic transplantation",
    "Neurotoxicity during continuous infusion of blinatumomab",
    "Cytokine release under stepwise dosing of blinatumomab",
    "CD19-negative escape after blinatumomab",
    "Hypogammaglobulinemia and infections after blinatumomab",
    "Outpatient infusion of blinatumomab with portable pumps",
    "Blinatumomab with donor lymphocyte infusions",
    "Blinatumomab combined with tyrosine kinase inhibitors",
    "Low tumor burden and depth of response to blinatumomab",
    "Dexamethasone premedication and efficacy of blinatumomab",
    "Early lymphocyte recovery on blinatumomab",
    "Blinatumomab in place of consolidation blocks",
    "Extramedullary progression on blinatumomab",
    "Repeated courses of blinatumomab",
    "Blinatumomab followed by maintenance without transplantation",
    "Health-related quality of life on blinatumomab",
    "Seizure prophylaxis with levetiracetam during blinatumomab",
    "Time to platelet recovery after blinatumomab",
    "Hepatic safety of blinatumomab and sinusoidal obstruction",
    "Blinatumomab for reduction of disease before CAR T cells",
    "Residual disease by next-generation sequencing under blinatumomab",
    "Regulatory T cells and failure of blinatumomab",
    "Compassionate use of blinatumomab",
    "Dose interruptions of blinatumomab",
)
INTERVENTIONS = (
    "Inotuzumab ozogamicin without prior blinatumomab",
    "Tisagenlecleucel after conventional salvage",
    "Clofarabine-based reinduction in the era of blinatumomab",
    "Bortezomib reinduction compared with blinatumomab historical controls",
    "CD22-directed CAR T cells",
    "Venetoclax with navitoclax",
    "Ruxolitinib for CRLF2-rearranged disease",
    "Daratumumab bridging",
    "Nelarabine blocks",
    "Second transplantation with total body irradiation",
    "Moxetumomab salvage",
    "Asparaginase intensification",
)
LABORATORY = (
    "Synapse formation by the CD19/CD3 engager MT103",
    "Serial killing by engaged T cells",
    "PD-L1 upregulation on leukemic blasts exposed to blinatumomab",
    "Galectin-9 and resistance to blinatumomab",
    "Mesenchymal stroma protects blasts from blinatumomab",
    "Alternative splicing of CD19 exon 2",
    "Humanized mice engrafted with patient-derived leukemia",
    "Bispecific antibody transport across endothelial monolayers",
    "Continuous stimulation and exhaustion of T cells by MT103",
    "Half-life extension of a CD19 engager",
    "Interleukin-6 release in whole-blood cultures",
    "Glucocorticoids and killing by MT103",
    "Gamma delta T cells redirected by MT103",
    "Single-cell profiles of engaged T lymphocytes",
)
SERVICES = (
    "Cost per remission of blinatumomab",
    "Stability of blinatumomab in seven-day infusion bags",
    "Nursing workload of home infusion of blinatumomab",
    "Population pharmacokinetics of blinatumomab",
    "Immunogenicity assays for blinatumomab",
    "Medication errors with blinatumomab pumps",
    "Budget impact of blinatumomab",
    "Interference of blinatumomab with flow cytometry panels",
    "Access to blinatumomab and referral patterns",
    "Patent and approval history of blincyto",
    "Trial simulation for blinatumomab with external controls",
    "Training of pharmacists in preparing blincyto",
)
REVIEW_THEMES = (
    "Bispecific antibodies",
    "Immunotherapy before transplantation",
    "Antibody engagers and CAR T cells",
    "Mechanisms of resistance to blinatumomab",
    "Management of neurological events under T-cell engagers",
    "Sequencing of blinatumomab and inotuzumab",
    "Targeting CD19",
    "Blinatumomab as chemotherapy-free consolidation",
    "Pharmacology of blinatumomab",
    "Measurable residual disease as a target of blinatumomab",
    "Supportive care during blinatumomab",
    "Late effects of immunotherapy",
)
CASE_EVENTS = (
    "Cerebellar ataxia",
    "Macrophage activation",
    "Remission of testicular relapse",
    "Lineage switch to myeloid leukemia",
    "Disseminated fusariosis",
    "Reversible aphasia",
    "Isolated ocular relapse",
    "Tumor lysis",
    "Capillary leak",
    "Complete response of skin infiltrates",
    "Pancreatitis",
    "Graft failure",
    "Hemophagocytosis",
    "Persistent B-cell aplasia",
    "Recovery from invasive mucormycosis",
    "Status epilepticus",
)
AGES = (
    "newborn",
    "toddler",
    "schoolgirl",
    "schoolboy",
    "teenager",
    "girl of eleven",
    "boy of nine",
    "pair of twins",
    "student",
)
SYSTEMS = (
    "under hypoxia",
    "with bone marrow fibroblasts",
    "in three-dimensional spheroids",
    "after cryopreservation",
    "with cord blood lymphocytes",
    "in microfluidic chips",
    "during glucose starvation",
    "with checkpoint blockade",
    "after epigenetic priming",
    "in zebrafish larvae",
    "measured by impedance",
    "with engineered effector lines",
    "in the presence of soluble antigen",
    "across donor ages",
)
CIRCUMSTANCES = (
    "during shortages",
    "in rural clinics",
    "after a change of reimbursement",
    "under accreditation rules",
    "before and after electronic prescribing",
    "in private hospitals",
    "with remote monitoring",
    "for clinical trial units",
    "seen by families",
    "at weekends",
    "over three fiscal years",
    "in early access programs",
)
