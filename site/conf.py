"""Sphinx: the course as a book. Nothing is run, nothing comes from elsewhere; `make site` fills in the folders."""

from helpers.setup.adopt import address

project = "One block, three masks"
html_title = project
extensions = ["myst_nb", "sphinx.ext.mathjax"]
nb_execution_mode = "off"
nb_ipywidgets_js = {}
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 4
root_doc = "index"
html_copy_source = False

mathjax_path = "mathjax/tex-mml-chtml.js"
mathjax3_config = {"options": {"enableMenu": False}}  # the menu would fetch parts that are not there

html_theme = "sphinx_book_theme"
html_css_files = ["site.css"]
html_theme_options = {
    "repository_url": address(),
    "repository_branch": "main",
    "path_to_docs": "",
    "use_repository_button": True,
    "use_download_button": False,
    "launch_buttons": {
        "colab_url": "https://colab.research.google.com",
        "binderhub_url": "https://mybinder.org",
        "notebook_interface": "jupyterlab",
    },
    "home_page_in_toc": True,
    "navbar_persistent": [],  # the search stands in the side bar
    "footer_content_items": [],
}
