"""Files from elsewhere: a place enters (:mod:`places`), a file on this disk leaves (:mod:`bring`), unpacked if wanted.

The clients are ``huggingface_hub`` (:mod:`hub`) and ``gdown`` (:mod:`web`); both go on where an interrupted download
stopped. :mod:`unpack` keeps the members of an archive inside their folder. Imports other modules of ``_util`` only.
"""
