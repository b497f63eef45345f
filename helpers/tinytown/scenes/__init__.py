"""The scenes of the language, one file each: plain data, a list SCENES of `grammar.Scene`.

To add one, write a file here and name it in `helpers.tinytown.language.SCENE_MODULES`. It makes another language of
Tinytown: recorded rows are then stale, and models that were trained without it are refused until they are trained again.
"""
